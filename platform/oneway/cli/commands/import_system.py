"""`platform import`: a first draft of manifests from what exists."""

from pathlib import Path
from typing import Annotated

import typer

from ...application.import_system import import_system
from ..options import EvidencePaths
from ..output.lines import note


def command(
    paths: EvidencePaths,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the drafts go.")] = Path(
        "manifests"
    ),
    name: Annotated[str, typer.Option("--name", help="The platform's name.")] = "imported",
) -> None:
    """Draft manifests from compose files and Kubernetes objects.

    Every call comes with the variable, start order or network policy that shows it. Existing files are never
    overwritten; values of secrets are never written. Then name owners and domains, and run `platform check`.

    \b
    Example:
      platform import docker-compose.yml -o manifests
      platform import k8s/ policies/ -o manifests --name shop
    """
    imported = import_system(paths, output, name)
    for each in imported.observed.notes:
        note(each)
    observed = imported.observed
    print(f"wrote {len(observed.services)} services and {len(observed.pairs())} calls to {output}")
    print(f"next: name owners and domains in {output / 'platform.yaml'}, then `platform check --manifests {output}`")
