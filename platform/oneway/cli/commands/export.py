"""`platform export`: the system for other tools, so that nobody is locked in."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...application.export_system import export_system
from ...application.read_manifests import read_system
from ..options import Env, Manifests


class Tool(StrEnum):
    """Which tool reads it."""

    HELM = "helm"
    ARGOCD = "argocd"
    CALM = "calm"
    STRUCTURIZR = "structurizr"


def command(
    tool: Annotated[Tool, typer.Argument(metavar="TOOL", help="helm, argocd, calm or structurizr.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where to; default: export/TOOL.")
    ] = None,
    env: Env = None,
    repository: Annotated[
        str | None, typer.Option("--repository", metavar="URL", help="For argocd; default: git's remote origin.")
    ] = None,
    manifests: Manifests = None,
) -> None:
    """Write the system for other tools.

    helm: a chart whose objects are those of `platform generate`, and whose one value is the environment. argocd: an
    Application for each environment, which follows the folder generated/ of the repository. calm and structurizr: the
    architecture as FINOS CALM and as a Structurizr workspace.

    Example: platform export helm -o chart
    """
    for file in export_system(
        read_system(manifests, None), tool.value, env, output or Path("export", tool), repository
    ):
        typer.echo(f"wrote {file}")
