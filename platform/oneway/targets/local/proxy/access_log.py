"""What users were answered, read from Caddy's access log as it grows."""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...base import Served
from ..tail import Tail


@dataclass(slots=True)
class AccessLog:
    """One service's access log, followed from where it ended when this was made.

    Requests are stamped with `monotonic` when they are read, so a clock that is set does not matter.
    """

    path: Path
    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _read_so_far: deque[tuple[float, Served]] = field(default_factory=deque)
    _tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        self._tail = Tail(self.path)

    def since(self, moment: float, releases: Mapping[str, int]) -> list[Served]:
        """Users' requests read since that moment. `releases` tells whose an upstream address is."""
        with self._lock:
            now = self.monotonic()
            self._read_so_far.extend(
                (now, served) for line in self._tail.read() for served in _parse_line(line, releases)
            )
            return [served for read, served in self._read_so_far if read >= moment]

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()


def _parse_line(line: bytes, releases: Mapping[str, int]) -> list[Served]:
    """What the line tells: the answer to a user, or the server error that led to a second try elsewhere. That second
    answer counts for nobody: the release that gave it would otherwise be asked more, and seem better or worse for it.
    """
    try:
        entry = json.loads(line)
        if entry.get("own"):
            return []
        seconds = float(entry["duration"])
        answers = [(entry.get("failed"), entry.get("failed_status")), (entry.get("upstream"), entry["status"])]
        known = [
            Served(releases[upstream], int(status), seconds) for upstream, status in answers if upstream in releases
        ]
        return known[:1]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
