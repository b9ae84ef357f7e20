"""Services stop, callers before those that they call."""

from collections.abc import Iterable, Iterator

from ..deploy import Report, stop
from ..errors import OnewayError
from ..graph import build
from ..model import System
from .open_environment import OpenEnvironment


def stop_services(opened: OpenEnvironment, names: Iterable[str], report: Report) -> Iterator[tuple[str, str]]:
    """Stop one after the other; each with what was done, in words."""
    for name in names:
        yield name, stop(opened.rollout_context(report), name)


def callers_first(system: System, names: Iterable[str]) -> list[str]:
    """Those that no manifest declares come first; where calls form a ring there is no order to keep."""
    try:
        places = {name: at for at, wave in enumerate(build(system).waves()) for name in wave}
    except OnewayError:
        places = {}
    return sorted(names, key=lambda name: (-places.get(name, len(places)), name))
