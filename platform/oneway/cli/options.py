"""Options that several commands share, worded once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .completion import complete_environments, complete_services

Manifests = Annotated[
    Path | None,
    typer.Option(
        "--manifests", metavar="DIR", help="Where the manifests are; default: manifests/, found upward from here."
    ),
]
Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="E",
        help="The environment of platform.yaml whose overrides and target apply.",
        autocompletion=complete_environments,
    ),
]
Context = Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")]
Namespace = Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, where the environment wants to be asked.")]


MonitorData = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="What the monitor remembers; default: a file in .platform."),
]


class ListFormat(StrEnum):
    """How a command lists things."""

    TEXT = "text"
    JSON = "json"


Format = Annotated[ListFormat, typer.Option("--format", help="text for people, json for programs.")]
Service = Annotated[str, typer.Argument(metavar="SERVICE", help="The service.", autocompletion=complete_services)]
EvidencePaths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="Compose files, Kubernetes objects, configuration, code, or folders of them; .env fills variables.",
    ),
]
Traffic = Annotated[
    list[Path] | None,
    typer.Option(
        "--traffic",
        metavar="FILE",
        help="Traces (OTLP, Jaeger, Zipkin), service graphs (Prometheus), flows (Hubble) or access logs.",
    ),
]
TrafficSince = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Traffic from then on only: 7d, 12h, 30m, or 2026-01-31[T08:00]."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="10m", help="What was printed in that time, and not the last lines.")
]
Grep = Annotated[
    str | None, typer.Option("--grep", metavar="PATTERN", help="Only lines in which this pattern is found.")
]
