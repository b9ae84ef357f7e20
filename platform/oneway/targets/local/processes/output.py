"""What a service's replicas print, together."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ...base import LogLine
from ..tail import Tail, last_lines

_POLL: Final = 0.2


def follow(files: Callable[[], dict[str, Path]], lines: int, on: bool) -> Iterator[LogLine]:
    """The last lines of each file, then what is added for as long as somebody listens. Files may come and go."""
    tails: dict[str, Tail] = {}
    for name, path in files().items():
        tails[name] = Tail(path)
        yield from (LogLine(name, line) for line in last_lines(path, lines))
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
