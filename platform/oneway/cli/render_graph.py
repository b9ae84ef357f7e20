"""`platform render-graph`: draw the architecture from the manifests."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from ..graph import build
from ..render import FORMATS, draw
from .layout_engine import layout_engine
from .options import Env, Manifests
from .reading import read_system, require_sound


def command(
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where to; its ending tells the format. Default: DOT, printed."
        ),
    ] = None,
    env: Env = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Tell which Graphviz laid out.")] = False,
    manifests: Manifests = None,
) -> None:
    """Draw the architecture from the manifests: svg, png, dot, mmd, json or html, by the file's ending.

    Example: platform render-graph -o architecture.svg
    """
    format = _format(output)
    picture = draw(build(require_sound(read_system(manifests, env))))
    engine = layout_engine()
    content = FORMATS[format].draw(picture, engine.run)
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
    if verbose and FORMATS[format].laid_out:
        print(f"laid out by {engine.name}", file=sys.stderr)


def _format(output: Path | None) -> str:
    if output is None:
        return "dot"
    ending = output.suffix.removeprefix(".")
    if ending not in FORMATS:
        raise UsageError(f"{output} has no known ending", f"known: {', '.join(f'.{each}' for each in FORMATS)}")
    return ending
