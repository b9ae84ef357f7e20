"""Options of `platform render-graph`, and what the words of two of them mean."""

import re
from pathlib import Path
from typing import Annotated

import typer

from ..application.layout_engine import LayoutChoice
from ..errors import UsageError
from ..render import By, Direction
from .completion import complete_services

Output = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Where to: .svg, .png, .html, .dot, .mmd, .md, .json; a folder such as site/ gets a page per service.",
    ),
]
RollUp = Annotated[
    By | None, typer.Option("--by", help="What one node stands for; default: service, domain when there are many.")
]
Focus = Annotated[
    str | None,
    typer.Option("--focus", metavar="S", help="Only what is near this service.", autocompletion=complete_services),
]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=0, help="How many calls around --focus.")]
Way = Annotated[Direction, typer.Option("--direction", help="Which way to look from --focus.")]
Diff = Annotated[
    str | None, typer.Option("--diff", metavar="REV", help="Mark what is different from this git revision.")
]
DriftPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--drift",
        metavar="PATH",
        help="Mark what files, code or folders of them show of the calls; with --traffic, how often and how fast.",
    ),
]
Verify = Annotated[
    Path | None, typer.Option("--verify", metavar="FILE", help="Exit with 1 when this picture is stale.")
]
Labels = Annotated[bool, typer.Option("--labels", help="Write timeouts and retries beside the calls.")]
Reduce = Annotated[
    bool, typer.Option("--reduce", help="Leave out calls inside a domain that longer ways make as well.")
]
Hubs = Annotated[
    str | None,
    typer.Option(
        "--hubs",
        metavar="N|off",
        help="Names instead of arrows to what N or more call; off: every arrow. Default: when there are many.",
    ),
]
Link = Annotated[
    str | None,
    typer.Option("--link", metavar="URL", help="Where the whole picture can be looked at, for a comment (.md)."),
]
Layout = Annotated[
    LayoutChoice, typer.Option("--layout", help="Which Graphviz: the dot on PATH, the wheel's, or the first found.")
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Tell which Graphviz laid out.")]


def address_of(link: str | None) -> str:
    """What --link names."""
    if link is None or re.fullmatch(r"https?://[^\s<>]+", link):
        return link or ""
    raise UsageError(
        f"--link {link} is no address of a page", "for example: --link https://ci.example.org/architecture.html"
    )


def degree_of(hubs: str | None) -> int | None:
    """From how many callers on --hubs folds; 0 for off, None where it is left to the picture."""
    if hubs is None or hubs == "off":
        return None if hubs is None else 0
    if not hubs.isdecimal() or int(hubs) < 1:
        raise UsageError(f"--hubs {hubs} is neither a number of callers nor off", "for example: --hubs 6, --hubs off")
    return int(hubs)
