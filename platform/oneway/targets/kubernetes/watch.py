"""A collection kept up to date by a watch that survives what ends watches: timeouts, restarts, forgotten history."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Final

from ...errors import OnewayError
from .answers import Busy, Gone, from_status
from .api import Api, ServerLost
from .connection import Unreachable
from .kinds import Kind, Object

_SERVER_SECONDS: Final = 30
_QUIET_SECONDS: Final = 45.0
_PAUSE: Final = 0.5


class Follower:
    """The objects of one kind with some labels, as they are now; `changed` waits for the next change.

    A daemon thread lists, then watches from there: it takes up again at the last version it saw after a cut or a
    timeout, and lists anew when the server no longer keeps that version (410). An answer that no retry mends, such as
    a missing verb, is raised from `changed` and `items`.
    """

    def __init__(self, api: Api, kind: Kind, labels: str, quiet: float = _QUIET_SECONDS) -> None:
        self._api, self._kind, self._labels, self._quiet = api, kind, labels, quiet
        self._condition = threading.Condition()
        self._objects: dict[str, Object] = {}
        self._count = 0
        self._failure: OnewayError | None = None
        self._stopped = threading.Event()
        self._version = self._listed()
        self._thread = threading.Thread(target=self._follow, name=f"watch-{kind.plural}", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the watch; the thread ends with its next event or timeout."""
        self._stopped.set()

    def items(self) -> list[Object]:
        """All objects, by name."""
        with self._condition:
            if self._failure is not None:
                raise self._failure
            return [self._objects[name] for name in sorted(self._objects)]

    @property
    def count(self) -> int:
        """How many changes have been seen: the mark that `changed` compares with."""
        return self._count

    def changed(self, since: int, timeout: float) -> bool:
        """Wait until something has changed since that mark, at most `timeout` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: self._count > since or self._failure is not None, timeout)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch()
            except Gone:
                self._relist()
            except (Unreachable, Busy, ServerLost, ValueError):
                self._stopped.wait(_PAUSE * (0.5 + self._api.jitter()))
            except OnewayError as error:
                self._fail(error)
                return

    def _watch(self) -> None:
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version,
            "timeoutSeconds": str(_SERVER_SECONDS),
            "labelSelector": self._labels,
        }
        reply = self._api.stream(self._kind.path(self._api.namespace), query, f"watch {self._kind.plural}", self._quiet)
        for event in events(reply.chunks()):
            if self._stopped.is_set():
                reply.close()
                return
            self._take(event)

    def _take(self, event: Object) -> None:
        kind, body = event.get("type"), event.get("object") or {}
        if kind == "ERROR":
            raise from_status(body, f"watch {self._kind.plural}")
        metadata = body.get("metadata") or {}
        self._version = str(metadata.get("resourceVersion", self._version))
        if kind == "BOOKMARK":
            return
        with self._condition:
            if kind == "DELETED":
                self._objects.pop(metadata.get("name", ""), None)
            else:
                self._objects[metadata["name"]] = body
            self._count += 1
            self._condition.notify_all()

    def _relist(self) -> None:
        try:
            self._version = self._listed()
        except (Busy, ServerLost):
            self._stopped.wait(_PAUSE)
        except OnewayError as error:
            self._fail(error)
            self._stopped.set()

    def _listed(self) -> str:
        listing = self._api.list(self._kind, self._labels)
        with self._condition:
            self._objects = {each["metadata"]["name"]: each for each in listing.items}
            self._count += 1
            self._condition.notify_all()
        return listing.version

    def _fail(self, error: OnewayError) -> None:
        with self._condition:
            self._failure = error
            self._condition.notify_all()


def events(chunks: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """The JSON lines of a watch; a last line that was cut is left out. ValueError when a line is no JSON."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield json.loads(line)
