"""`platform generate`: Dockerfiles, and the Kubernetes objects of every environment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from ...application.generate_files import plan_generation
from ...application.generated_folder import differences, write
from ...application.read_manifests import read_system
from ...errors import OnewayError
from ...generate import LOCK_FILE, GeneratedFile
from ..options import Env, Manifests

_SHOWN: Final = 3


def command(
    manifests: Manifests = None,
    env: Env = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Default: generated/ beside the manifests.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Write nothing; exit with 1 when the folder is not up to date.")
    ] = False,
    validate: Annotated[
        bool,
        typer.Option("--validate", help="Prove the objects: Kubernetes' own schemas, and flows that equal the calls."),
    ] = False,
) -> None:
    """Write Dockerfiles to DIR/docker, and the objects of each Kubernetes environment to DIR/ENVIRONMENT.

    An environment's folder is complete: `kubectl apply -k` needs nothing else, so it can be handed to a customer.
    With --env only that environment is written. Files that are no longer generated are removed.

    Example: platform generate --env prod -o site && kubectl apply -k site/prod
    """
    reading = read_system(manifests, None)
    generation = plan_generation(reading, env)
    folder = output or reading.workspace.root / "generated"
    for name, services in generation.unpinned():
        _warn_unpinned(name, services)
    files = generation.files(validate)
    if verify:
        _verify(folder, generation.parts, files)
    else:
        counts = write(folder, generation.parts, files)
        typer.echo(f"{counts.files} files in {folder}: {counts.written} written, {counts.removed} removed")


def _warn_unpinned(environment: str, services: list[str]) -> None:
    some = ", ".join(services[:_SHOWN]) + (f" and {len(services) - _SHOWN} more" if len(services) > _SHOWN else "")
    typer.echo(
        f"warning: no digest is recorded for the image of {some} in environment {environment}\n"
        f"  hint: `platform build --push --env {environment} SERVICE` records it in {LOCK_FILE}",
        err=True,
    )


def _verify(folder: Path, parts: list[str], files: Iterator[GeneratedFile]) -> None:
    stale = 0
    for text in differences(folder, parts, files):
        stale += 1
        typer.echo(text, nl=False)
    if stale:
        raise OnewayError(
            f"{stale} generated file{'s' * (stale > 1)} in {folder} {'are' if stale > 1 else 'is'} stale",
            "run `platform generate` and commit what it writes",
        )
    typer.echo(f"{folder} is up to date")
