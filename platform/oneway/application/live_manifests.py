"""The manifests as they are at this moment, for a monitor that runs for weeks: read again when a file has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import OnewayError
from ..model import System

_ENDINGS = (".yaml", ".yml")
Stamps = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class LiveManifests:
    """`read` gives what they say, and OnewayError where that cannot be used; until it can, what they said before goes
    on, and `fault` says so."""

    folder: Path
    system: System
    read: Callable[[], System]
    fault: str = ""
    _seen: Stamps = field(init=False)

    def __post_init__(self) -> None:
        self._seen = _stamps(self.folder)

    def look(self) -> System:
        """What they say now; a file that is being written is looked at again the next time."""
        seen = _stamps(self.folder)
        if seen == self._seen:
            return self.system
        try:
            self.system = self.read()
        except (OnewayError, OSError) as error:
            said = error.message if isinstance(error, OnewayError) else f"{error}"
            self.fault = f"the manifests cannot be used as they are now: {said}; watching goes on with what they said"
        else:
            self.fault = ""
        self._seen = seen
        return self.system


def _stamps(folder: Path) -> Stamps:
    """What tells that a file has changed, without reading any."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in _ENDINGS:
            try:
                about = path.stat()
            except OSError:
                continue
            found.append((str(path), about.st_mtime_ns, about.st_size))
    return tuple(found)
