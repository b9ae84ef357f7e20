"""Log files that grow and are rotated, line by line."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ...base import LogLine
from .replicas import last_lines

_POLL: Final = 0.2


def follow(files: Callable[[], dict[str, Path]], lines: int, on: bool) -> Iterator[LogLine]:
    """The last lines of each file, then what is added for as long as somebody listens. Files may come and go."""
    places: dict[str, tuple[Path, int, int]] = {}
    for name, path in files().items():
        size, inode = _size(path)
        places[name] = (path, size, inode)
        yield from (LogLine(name, line) for line in last_lines(path, lines))
    while on:
        time.sleep(_POLL)
        for name, path in files().items():
            _, at, inode = places.get(name, (path, 0, 0))
            size, found = _size(path)
            if found != inode or size < at:
                at = 0
            text = _read(path, at)
            whole = text[: text.rfind(b"\n") + 1]
            places[name] = (path, at + len(whole), found)
            yield from (LogLine(name, line) for line in whole.decode("utf-8", "replace").splitlines())


def _size(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_size, found.st_ino


def _read(path: Path, at: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(at, os.SEEK_SET)
            return file.read(1 << 20)
    except FileNotFoundError:
        return b""
