"""What users were answered, read from Caddy's access log as it grows."""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...base import Served


@dataclass(slots=True)
class AccessLog:
    """One service's access log, followed from where it ended when this was made.

    Requests are stamped with `monotonic` when they are read, so a clock that is set does not matter.
    """

    path: Path
    monotonic: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _file: int | None = None
    _rest: bytes = b""
    _read_so_far: deque[tuple[float, Served]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._file = _open(self.path)
        if self._file is not None:
            os.lseek(self._file, 0, os.SEEK_END)

    def since(self, moment: float, releases: Mapping[str, int]) -> list[Served]:
        """Users' requests read since that moment. `releases` tells whose an upstream address is."""
        with self._lock:
            self._read(releases)
            return [served for read, served in self._read_so_far if read >= moment]

    def _read(self, releases: Mapping[str, int]) -> None:
        if self._file is None:
            self._file = _open(self.path)
        if self._file is None:
            return
        self._take(self._file, releases)
        if _is_rotated(self._file, self.path):
            self._take(self._file, releases)
            os.close(self._file)
            self._file, self._rest = _open(self.path), b""
            if self._file is not None:
                self._take(self._file, releases)

    def _take(self, file: int, releases: Mapping[str, int]) -> None:
        now = self.monotonic()
        while chunk := os.read(file, 1 << 20):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self._read_so_far.extend((now, served) for line in lines for served in _parse_line(line, releases))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


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


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _is_rotated(file: int, path: Path) -> bool:
    try:
        return os.fstat(file).st_ino != path.stat().st_ino
    except FileNotFoundError:
        return True
