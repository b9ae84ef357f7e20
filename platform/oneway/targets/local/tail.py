"""The tail of a log file that grows and is rotated: every line once, in order, also those written before a rotation."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_CHUNK: Final = 1 << 20


@dataclass(slots=True)
class Tail:
    """One file, followed from its end as it was when this was made, or from its start. It may be missing, come, and be
    rotated away."""

    path: Path
    from_start: bool = False
    _file: int | None = None
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self._file = _open(self.path)
        if self._file is not None and not self.from_start:
            os.lseek(self._file, 0, os.SEEK_END)

    def read(self) -> list[bytes]:
        """The lines that were finished since the last time."""
        if self._file is None:
            self._file = _open(self.path)
        lines = self._finished()
        if self._file is not None and not _is(self._file, self.path):
            lines += self._finished()
            self.close()
            self._file = _open(self.path)
            lines += self._finished()
        return lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._rest = None, b""

    def _finished(self) -> list[bytes]:
        found: list[bytes] = []
        if self._file is None:
            return found
        if os.fstat(self._file).st_size < os.lseek(self._file, 0, os.SEEK_CUR):
            os.lseek(self._file, 0, os.SEEK_SET)
            self._rest = b""
        while chunk := os.read(self._file, _CHUNK):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            found += lines
        return found


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a file that may be missing or huge."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2000 * max(count, 8)))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return lines[-count:] if count else []


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _is(file: int, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return (os.fstat(file).st_dev, os.fstat(file).st_ino) == (found.st_dev, found.st_ino)
