"""`platform check`: every rule over every manifest."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...application.check_system import check_system, forgive
from ...errors import UsageError
from ...model import Service
from ...model.fitness import Misfit
from ...workspace import find
from ..options import Env, Manifests
from ..output.formats import FORMATS, report
from ..output.lines import note


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


def command(
    manifests: Manifests = None,
    env: Env = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="REV", help="A git revision to compare versions with.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How findings are written.")] = Format.TEXT,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Findings to forgive; the list only shrinks.")
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help="Make the baseline; where it exists, delete its stale lines."),
    ] = False,
    errors_only: Annotated[bool, typer.Option("--errors-only", help="Leave warnings out; they are counted.")] = False,
) -> None:
    """Parse every manifest and run every rule.

    Exits with 1 when there are findings of severity error. `platform explain RULE` says more about each.

    Example: platform check --base origin/main --format sarif > platform.sarif
    """
    if write_baseline and baseline is None:
        raise UsageError("--write-baseline needs to know the file", "add --baseline FILE")
    with _without_collector():
        result = check_system(find(manifests), env, base, date.today(), _lacks)
        if baseline is not None:
            result = forgive(result, baseline, write_baseline)
            if write_baseline:
                note(f"wrote {baseline}")
        typer.echo(FORMATS[output](report(result.findings, result.services, result.calls, errors_only)), nl=False)
    if not result.good:
        raise typer.Exit(1)


def _lacks(root: Path, service: Service) -> Iterable[Misfit]:
    from ..choose_target import lacks_of_this_machine

    return lacks_of_this_machine(root, service)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A check makes many values that form no reference cycles; looking for such would take a third of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
