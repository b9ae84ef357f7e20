"""Which requests have no answer yet, and since when.

Caddy logs a request when it is over, and so never one that hangs. While traffic passes from one release to another it
also writes down which address each request is led to, at once, and how long the answer's head took when that has come.
What was begun and has no head is under way; a stream whose head has come is not waited for any more.
"""

import json
from bisect import bisect_left, insort
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...base import Served
from ..tail import Tail

BEGUN: Final = "selected upstream"
ANSWERED: Final = "upstream roundtrip"
# Between what Caddy writes at the beginning and what it measures lie microseconds, on a busy machine more.
_TOLERANCE: Final = 0.5


@dataclass(slots=True)
class UnderWay:
    """The requests under way, followed from when this was made. Each has its beginning by Caddy's clock, which tells it
    from others, and by ours, which is never set: as long before this reading as Caddy wrote it before the last of what
    is read now, and never before the reading before."""

    path: Path
    monotonic: Callable[[], float]
    _waiting: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    _read: float = field(init=False)
    _tail: Tail = field(init=False)

    def __post_init__(self) -> None:
        self._tail = Tail(self.path)
        self._read = self.monotonic()

    def read(self) -> None:
        """Take what was written since."""
        now = self.monotonic()
        entries = [parsed for line in self._tail.read() if (parsed := _parse(line)) is not None]
        newest = max((written for written, _ in entries), default=0.0)
        for written, entry in entries:
            with suppress(ValueError, KeyError, TypeError):
                self._take(entry, max(self._read, now - (newest - written)))
        self._read = now

    def waiting(self, releases: Mapping[str, int]) -> list[Served]:
        """One for each request without an answer. `releases` tells whose an address is."""
        now = self.monotonic()
        return [
            Served(release, 0, now - begun, waiting=True)
            for dial, release in releases.items()
            for _, begun in self._waiting.get(dial, ())
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._tail.close()

    def _take(self, entry: Mapping[str, object], begun_here: float) -> None:
        if entry["msg"] == BEGUN:
            insort(self._waiting.setdefault(str(entry["dial"]), []), (float(str(entry["ts"])), begun_here))
        elif entry["msg"] == ANSWERED:
            begun = float(str(entry["ts"])) - float(str(entry["duration"]))
            _forget(self._waiting.get(str(entry["upstream"]), []), begun)


def _parse(line: bytes) -> tuple[float, dict[str, object]] | None:
    """When Caddy wrote the line, and what it says; None for what is no entry."""
    try:
        entry = json.loads(line)
        return float(entry["ts"]), entry
    except (ValueError, KeyError, TypeError):
        return None


def _forget(waiting: list[tuple[float, float]], begun: float) -> None:
    """Take out the one that began then, or as near to it as any."""
    at = bisect_left(waiting, (begun, 0.0))
    near = [each for each in (at - 1, at) if 0 <= each < len(waiting)]
    if near:
        nearest = min(near, key=lambda each: abs(waiting[each][0] - begun))
        if abs(waiting[nearest][0] - begun) <= _TOLERANCE:
            del waiting[nearest]
