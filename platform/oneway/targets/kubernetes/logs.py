"""What the serving pods print, together, on and on: new pods join, cut streams go on where they stopped."""

import queue
import threading
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from ...errors import OnewayError
from ..base import LogLine
from .answers import Refused
from .api import Api
from .connection import Unreachable
from .kinds import POD, Object
from .variants import NAME, REHEARSES
from .watch import Follower
from .workload_progress import is_going

_PAUSE: Final = 1.0
_QUIET: Final = 3600.0


Wanted = Mapping[str, str]
"""Which lines of a log are wanted, as the API server is asked for them."""


def wanted(count: int, since: float | None) -> Wanted:
    """The last lines, or all since that time."""
    if since is None:
        return {"tailLines": str(count)}
    return {"sinceTime": datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")}


def lines(api: Api, service: str, wanted: Wanted) -> Iterator[LogLine]:
    """These lines of every pod of the service, pod by pod."""
    for pod in _pods(api.list(POD, f"{NAME}={service}").items):
        query = {**wanted, "container": service}
        try:
            text = api.text(POD.path(api.namespace, pod, "log"), query, f"read the log of {pod}")
        except Refused:
            continue
        yield from (LogLine(pod, line) for line in text.splitlines())


def follow(api: Api, service: str, wanted: Wanted) -> Generator[LogLine, None, None]:
    """These lines of every pod, then each new one as it comes, for ever."""
    found: queue.Queue[LogLine] = queue.Queue(maxsize=10_000)
    ended = threading.Event()
    streams: dict[str, threading.Thread] = {}
    last: dict[str, str] = {}
    with Follower(api, POD, f"{NAME}={service}") as pods:
        try:
            while True:
                for pod in _pods(pods.items()):
                    if pod not in streams or not streams[pod].is_alive():
                        told = (api, service, pod, wanted, last, found, ended)
                        streams[pod] = threading.Thread(target=_stream, args=told, daemon=True)
                        streams[pod].start()
                yield from _waiting(found)
        finally:
            ended.set()


def _waiting(found: "queue.Queue[LogLine]") -> Iterator[LogLine]:
    try:
        yield found.get(timeout=_PAUSE)
        while True:
            yield found.get_nowait()
    except queue.Empty:
        return


def _stream(
    api: Api,
    service: str,
    pod: str,
    wanted: Wanted,
    last: dict[str, str],
    found: "queue.Queue[LogLine]",
    ended: threading.Event,
) -> None:
    """One pod's log until its stream ends. Timestamps tell where to go on after that; they are not shown."""
    query = {"follow": "true", "timestamps": "true", "container": service}
    query |= {"sinceTime": last[pod]} if pod in last else wanted
    try:
        for line in _raw_lines(api, pod, query):
            stamp, _, text = line.partition(" ")
            if stamp > last.get(pod, ""):
                found.put(LogLine(pod, text))
                last[pod] = stamp
            if ended.is_set():
                return
    except (Unreachable, OnewayError):
        ended.wait(_PAUSE)


def _raw_lines(api: Api, pod: str, query: Mapping[str, str]) -> Iterator[str]:
    rest = b""
    reply = api.stream(POD.path(api.namespace, pod, "log"), query, f"follow the log of {pod}", _QUIET)
    for chunk in reply.chunks():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")


def _pods(found: "list[Object] | tuple[Object, ...]") -> list[str]:
    return sorted(
        str(each["metadata"]["name"])
        for each in found
        if not is_going(each) and REHEARSES not in (each["metadata"].get("labels") or {})
    )
