"""`platform init`: the first manifests of a repository, from what its files show."""

from pathlib import Path
from typing import Annotated

import typer

from ...application.start_system import start_system
from ...errors import Severity
from ..output.lines import count, note

_MOST_NOTES = 5


def command(
    name: Annotated[str | None, typer.Option("--name", help="The platform's name; default: the folder's.")] = None,
) -> None:
    """Look through this repository for compose files, Kubernetes objects and Dockerfiles, draft a manifest for each
    service, check and draw them, and say what to decide next.

    Nothing that exists is overwritten. Without anything to go by, an empty system is started.

    Example: platform init --name shop
    """
    started = start_system(Path.cwd().resolve(), name)
    for each in started.observed.notes[:_MOST_NOTES]:
        note(each)
    if len(started.observed.notes) > _MOST_NOTES:
        note(f"{len(started.observed.notes) - _MOST_NOTES} more like these")
    services, calls = len(started.observed.services), len(started.observed.pairs())
    for each in started.written:
        typer.echo(f"wrote {each}")
    if not services:
        typer.echo("No compose file, Kubernetes object or Dockerfile is here: the system is empty.")
        typer.echo("next: name owners and domains in manifests/platform.yaml, then `platform new SERVICE`")
        return
    shown_by = ", ".join(started.sources[:_MOST_NOTES])
    typer.echo(f"\n{count(services, 'service')} and {count(calls, 'call')}, from {shown_by}")
    errors = sum(each.severity is Severity.ERROR for each in started.findings)
    warnings = len(started.findings) - errors
    typer.echo(f"{count(errors, 'error')} and {count(warnings, 'warning')}: `platform check` lists them")
    typer.echo("\nDecide next:")
    for number, decision in enumerate(started.decisions(), 1):
        typer.echo(f"  {number}. {decision}")
