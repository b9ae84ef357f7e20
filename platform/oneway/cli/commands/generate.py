"""`platform generate`: Dockerfiles, and the Kubernetes objects of every environment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ...application import generated_folder as generated
from ...application.reading import read_system, require_sound
from ...errors import OnewayError, UsageError
from ...generate import (
    LOCK_FILE,
    GeneratedFile,
    Images,
    Sources,
    docker_files,
    image_reference,
    kubernetes_files,
    read_images,
)
from ...model import System
from ...workspace import Workspace
from ..options import Env, Manifests

DOCKER = "docker"


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
    system = require_sound(reading)
    sources = _sources(reading.workspace)
    folder = output or reading.workspace.root / "generated"
    environments = _environments(system, env)
    parts = [DOCKER, *environments]
    files = _all_files(manifests, system, environments, sources, validate)
    if verify:
        _verify(folder, parts, files)
    else:
        outcome = generated.write(folder, parts, files)
        typer.echo(f"{outcome.files} files in {folder}: {outcome.written} written, {outcome.removed} removed")


def _sources(workspace: Workspace) -> Sources:
    lock = workspace.manifests / LOCK_FILE
    images = read_images(lock.read_bytes(), workspace.name(lock)) if lock.is_file() else Images()
    return Sources(images, lambda path: (workspace.root / path).is_file(), workspace.content)


def _environments(system: System, env: str | None) -> list[str]:
    declared = system.platform.environments
    if env is None:
        return [name for name in sorted(declared) if declared[name].target == "kubernetes"]
    if env not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise UsageError(f"environment {env} is not declared in {system.platform_file}", f"declared there: {known}")
    return [env] if declared[env].target == "kubernetes" else []


def _all_files(
    manifests: Path | None, base: System, environments: list[str], sources: Sources, validate: bool
) -> Iterator[GeneratedFile]:
    yield from docker_files(base, sources)
    for name in environments:
        if name == DOCKER:
            raise OnewayError(f"an environment cannot be called {DOCKER}", "rename it: that folder is taken")
        system = require_sound(read_system(manifests, name))
        _warn_unpinned(system, sources.images)
        files = kubernetes_files(system, sources)
        yield from _below(name, _proven(system, files) if validate else files)


def _below(folder: str, files: Iterator[GeneratedFile]) -> Iterator[GeneratedFile]:
    for file in files:
        yield GeneratedFile(f"{folder}/{file.path}", file.content)


def _warn_unpinned(system: System, images: Images) -> None:
    """An image without a digest may change under its name."""
    loose = [name for name, each in system.services.items() if "@" not in image_reference(system, each, images)]
    if loose:
        some = ", ".join(loose[:3]) + (f" and {len(loose) - 3} more" if len(loose) > 3 else "")
        typer.echo(
            f"warning: no digest is recorded for the image of {some} in environment {system.environment}\n"
            f"  hint: `platform build --push --env {system.environment} SERVICE` records it in {LOCK_FILE}",
            err=True,
        )


def _proven(system: System, files: Iterator[GeneratedFile]) -> Iterator[GeneratedFile]:
    from ...generate.validate import prove

    return prove(system, files)


def _verify(folder: Path, parts: list[str], files: Iterator[GeneratedFile]) -> None:
    stale = 0
    for text in generated.differences(folder, parts, files):
        stale += 1
        typer.echo(text, nl=False)
    if stale:
        raise OnewayError(
            f"{stale} generated file{'s' * (stale > 1)} in {folder} {'are' if stale > 1 else 'is'} stale",
            "run `platform generate` and commit what it writes",
        )
    typer.echo(f"{folder} is up to date")
