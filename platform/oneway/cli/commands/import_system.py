"""`platform import`: a first draft of manifests from what exists."""

from pathlib import Path
from typing import Annotated

import typer

from ...application.evidence_files import observe_paths
from ...errors import UsageError
from ...evidence import draft_manifests
from ...evidence.observed import service_name
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
    observed = observe_paths(paths)
    drafts = draft_manifests(observed, service_name(name))
    existing = [each for each in drafts if (output / each).exists()]
    if existing:
        raise UsageError(
            f"{output / existing[0]} exists already", "choose an empty folder with -o; nothing was written"
        )
    output.mkdir(parents=True, exist_ok=True)
    for file, text in drafts.items():
        (output / file).write_text(text)
    for each in observed.notes:
        note(each)
    print(f"wrote {len(observed.services)} services and {len(observed.pairs())} calls to {output}")
    print(f"next: name owners and domains in {output / 'platform.yaml'}, then `platform check --manifests {output}`")
