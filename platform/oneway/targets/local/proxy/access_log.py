"""What users were answered, read from Caddy's access log as it grows."""

import json
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ...base import Served
from ..tail import Tail

# Of what was written before anybody looked so much is read too: it tells how users fared then.
_HISTORY: Final = 256 << 10
_LONG_AGO: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log: which releases have been asked, and what counts for one of them, if anything does."""

    asked: tuple[int, ...]
    served: Served | None


@dataclass(slots=True)
class AccessLog:
    """One service's access log, followed from a little before where it ended when this was made.

    Requests are stamped with `monotonic` when they are read, so a clock that is set does not matter.
    """

    path: Path
    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _served: deque[tuple[float, Served]] = field(default_factory=deque)
    _ended: Counter[int] = field(default_factory=Counter)
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

    def ended(self) -> Counter[int]:
        """How many requests of each release are over, whosever they were, of all that was read."""
        with self._lock:
            return Counter(self._ended)

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def _keep(self, lines: Sequence[bytes], read: float, releases: Mapping[str, int]) -> None:
        for line in (_parse(text, releases) for text in lines):
            self._ended.update(line.asked)
            if line.served is not None:
                self._served.append((read, line.served))


def _parse(text: bytes, releases: Mapping[str, int]) -> Line:
    """What the line tells: the answer to a user, or the server error that led to a second try elsewhere. That second
    answer counts for nobody: the release that gave it would otherwise be asked more, and seem better or worse for it.
    Neither counts what the user broke on the way, nor what the rollout asked itself.
    """
    try:
        entry = json.loads(text)
        answers = [(entry.get("failed"), entry.get("failed_status")), (entry.get("upstream"), entry["status"])]
        known = [(releases[upstream], int(status)) for upstream, status in answers if upstream in releases]
        asked = tuple(release for release, _ in known)
        counts = known and not entry.get("own") and entry.get("caused") != "caller"
        return Line(asked, _judge(entry, *known[0]) if counts else None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Line((), None)


def _judge(entry: dict[str, Any], release: int, status: int) -> Served:
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
