"""Options that several commands share, worded once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Manifests = Annotated[
    Path | None,
    typer.Option(
        "--manifests", metavar="DIR", help="Where the manifests are; default: manifests/, found upward from here."
    ),
]
Env = Annotated[
    str | None,
    typer.Option("--env", metavar="E", help="The environment of platform.yaml whose overrides and target apply."),
]


class ListFormat(StrEnum):
    """How a command lists things."""

    TEXT = "text"
    JSON = "json"


Format = Annotated[ListFormat, typer.Option("--format", help="text for people, json for programs.")]
EvidencePaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...", help="Compose files, Kubernetes objects, or folders of them; .env fills variables."
    ),
]
