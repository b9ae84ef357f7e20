"""What several services print, in one stream."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from ..errors import OnewayError
from ..targets.base import LogLine, Site

_MOST_WAITING: Final = 10_000
_LOOK_SECONDS: Final = 0.5


def gather_logs(
    site: Site,
    services: Sequence[str],
    lines: int,
    follow: bool,
    since: float | None = None,
    over: threading.Event | None = None,
) -> Iterator[LogLine]:
    """The last lines of each, or those since that time, one service after the other; with `follow` what all of them
    print from then on, as it comes, until it is `over`."""
    if not follow or (len(services) == 1 and over is None):
        for name in services:
            yield from site.logs(name, lines, follow, since)
        return
    streams = [partial(site.logs, name, lines, True, since) for name in services]
    yield from _together(streams, over or threading.Event())


def _together(streams: Sequence[Callable[[], Iterator[LogLine]]], over: threading.Event) -> Iterator[LogLine]:
    """The lines of all streams as they come; the first error of any."""
    found: queue.Queue[LogLine | OnewayError] = queue.Queue(maxsize=_MOST_WAITING)
    threads = [threading.Thread(target=_hand_over, args=(each, found), daemon=True) for each in streams]
    for thread in threads:
        thread.start()
    while not found.empty() or (any(thread.is_alive() for thread in threads) and not over.is_set()):
        try:
            line = found.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            continue
        if isinstance(line, OnewayError):
            raise line
        yield line


def _hand_over(stream: Callable[[], Iterator[LogLine]], found: "queue.Queue[LogLine | OnewayError]") -> None:
    try:
        for line in stream():
            found.put(line)
    except OnewayError as error:
        found.put(error)
