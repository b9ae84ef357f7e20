"""What users were answered, read from Caddy's access log as it grows."""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ...base import Served
from ..tail import Tail

# Of what was written before anybody looked so much is read too: it tells how users fared then.
_HISTORY: Final = 256 << 10
_LONG_AGO: Final = float("-inf")


@dataclass(slots=True)
class AccessLog:
    """One service's access log, followed from a little before where it ended when this was made.

    Requests are stamped with `monotonic` when they are read, so a clock that is set does not matter.
    """

    path: Path
    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _served: deque[tuple[float, Served]] = field(default_factory=deque)
    _history: list[bytes] = field(init=False)
    _tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        self._history = _read_end(self.path)
        self._tail = Tail(self.path)

    def read(self, releases: Mapping[str, int]) -> None:
        """Take what was written since. `releases` tells whose an upstream address is."""
        with self._lock:
            self._keep(self._history, _LONG_AGO, releases)
            self._history = []
            self._keep(self._tail.read(), self.monotonic(), releases)

    def served(self, moment: float) -> list[Served]:
        """Users' requests whose answers were read since that moment."""
        with self._lock:
            return [served for read, served in self._served if read >= moment]

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def _keep(self, lines: Sequence[bytes], read: float, releases: Mapping[str, int]) -> None:
        self._served.extend((read, served) for line in lines if (served := _parse(line, releases)) is not None)


def _parse(text: bytes, releases: Mapping[str, int]) -> Served | None:
    """What the line tells: the answer to a user, or the server error that led to a second try elsewhere. That second
    answer counts for nobody: the release that gave it would otherwise be asked more, and seem better or worse for it.
    Neither counts what the user broke on the way, nor what the rollout asked itself.
    """
    try:
        entry = json.loads(text)
        answers = [(entry.get("failed"), entry.get("failed_status")), (entry.get("upstream"), entry["status"])]
        known = [(releases[upstream], int(status)) for upstream, status in answers if upstream in releases]
        counts = known and not entry.get("own") and entry.get("caused") != "caller"
        return _serve(entry, *known[0]) if counts else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _serve(entry: dict[str, Any], release: int, status: int) -> Served:
    deadline = int(entry["deadline"]) / 1000 if "deadline" in entry else None
    return Served(release, status, float(entry["duration"]), deadline=deadline)


def _read_end(path: Path) -> list[bytes]:
    """The last lines of the file; the first of them may be half a line."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _HISTORY))
            return file.read().split(b"\n")
    except FileNotFoundError:
        return []
