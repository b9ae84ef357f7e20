"""What a service's replicas print, together."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from ...base import LogLine
from ..tail import Tail, last_lines

_POLL: Final = 0.2
_ROTATED: Final = (".3", ".2", ".1", "")
# A time at the beginning of a line, or the member `time` or `timestamp` of a JSON object.
_TIME: Final = re.compile(
    r'^\s*(?:\{.*?"(?:time|timestamp|ts)":\s*"|\[?)(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)'
)


def follow(files: Callable[[], dict[str, Path]], lines: int, on: bool, since: float | None = None) -> Iterator[LogLine]:
    """The last lines of each file, or those since that time, then what is added for as long as somebody listens. Files
    may come and go."""
    tails: dict[str, Tail] = {}
    for name, path in files().items():
        tails[name] = Tail(path)
        found = last_lines(path, lines) if since is None else lines_since(path, since)
        yield from (LogLine(name, line) for line in found)
    try:
        while on:
            time.sleep(_POLL)
            for name, path in files().items():
                # A replica that comes now has printed nothing that was shown: all of its file is new.
                tail = tails.get(name) or tails.setdefault(name, Tail(path, from_start=True))
                yield from (LogLine(name, line.decode("utf-8", "replace")) for line in tail.read())
    finally:
        for tail in tails.values():
            tail.close()


def lines_since(path: Path, since: float) -> Iterator[str]:
    """The lines that were printed since that time, also those that were rotated away. A line that does not tell its
    time is as old as the one before it; where none tells it, all are shown of a file that was written to since then."""
    files = [file for ending in _ROTATED for file in (path.with_name(path.name + ending),) if _written(file) >= since]
    shown = not any(time_of(line) is not None for file in files for line in _read(file))
    for file in files:
        for line in _read(file):
            told = time_of(line)
            shown = shown if told is None else told >= since
            if shown:
                yield line


def time_of(line: str) -> float | None:
    """The time that a line tells, in seconds since the epoch; one without a zone is of this machine's."""
    found = _TIME.match(line)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1].replace(",", ".")).timestamp()
    except (ValueError, OverflowError):
        return None


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _read(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            yield from (line.rstrip("\n") for line in text)
    except OSError:
        return
