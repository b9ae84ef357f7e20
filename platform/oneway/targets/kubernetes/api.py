"""The API server in verbs: read, apply, delete, watch. Objects are plain JSON values, as `generate` makes them.

Every call has a deadline. Answers that ask for patience (429, 5xx) and lost connections are tried again with jitter
while that is safe: a request that may have arrived is repeated only when repeating it changes nothing.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from ...errors import OnewayError
from ..clock import MACHINE, Clock
from .answers import Busy, Clash, Missing, refusal
from .connection import Connection, Reply, Unreachable
from .kinds import Kind, Object, kind_of, title

T = TypeVar("T")

MANAGER: Final = "platform"
_PAGE: Final = "250"
_CALL_SECONDS: Final = 15.0
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class ServerLost(OnewayError):
    """The API server did not answer for longer than anybody's patience; a write may or may not have arrived."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The objects of a collection, and the point in history at which they were read."""

    items: tuple[Object, ...]
    version: str


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request. `safe`: repeating it changes nothing, so it may be sent again even when it may have arrived."""

    method: str
    path: str
    what: str
    safe: bool
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content_type: str = "application/json"
    timeout: float = _CALL_SECONDS


@dataclass(frozen=True, slots=True)
class Api:
    """One namespace of one cluster. `patience` is how long a server that does not answer is waited for; `jitter` gives
    numbers from 0 to 1."""

    connection: Connection
    namespace: str
    clock: Clock = MACHINE
    patience: float = 90.0
    jitter: Callable[[], float] = random.random

    def with_timeout(self, patience: float) -> "Api":
        """The same, with another patience."""
        return replace(self, patience=patience)

    def get(self, kind: Kind, name: str, subresource: str | None = None) -> Object:
        """One object; Missing when there is none."""
        return self._object(_Ask("GET", kind.path(self.namespace, name, subresource), f"read {kind.name} {name}", True))

    def find(self, kind: Kind, name: str) -> Object | None:
        """One object, or None."""
        try:
            return self.get(kind, name)
        except Missing:
            return None

    def list(self, kind: Kind, labels: str = "", fields: str = "") -> Listing:
        """All objects with these labels, page by page."""
        items: list[Object] = []
        query = {"limit": _PAGE, "labelSelector": labels, "fieldSelector": fields}
        while True:
            asked = {name: value for name, value in query.items() if value}
            page = self._object(_Ask("GET", kind.path(self.namespace), f"list {kind.plural}", True, asked))
            items += ({"apiVersion": kind.api_version, "kind": kind.name, **each} for each in page.get("items") or ())
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                return Listing(tuple(items), str(metadata.get("resourceVersion", "")))
            query["continue"] = str(metadata["continue"])

    def apply(self, body: Object, manager: str = MANAGER, *, dry_run: bool = False, force: bool = False) -> Object:
        """Server-side apply; FieldConflict when another manager owns a field of `body` with another value.

        `force` is for handing over fields that are this tool's own.
        """
        kind = kind_of(body)
        query = {"fieldManager": manager, "force": "true" if force else "false", "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = kind.path(self.namespace, body["metadata"]["name"])
        return self._object(
            _Ask("PATCH", path, f"apply {title(body)}", True, query, body, "application/apply-patch+yaml")
        )

    def create(self, body: Object) -> Object:
        """Make an object; Clash when it exists."""
        path = kind_of(body).path(self.namespace)
        return self._object(_Ask("POST", path, f"create {title(body)}", False, {"fieldManager": MANAGER}, body))

    def replace(self, body: Object) -> Object:
        """Write a whole object over the version that it was read at; Clash when that is not the newest."""
        path = kind_of(body).path(self.namespace, body["metadata"]["name"])
        return self._object(_Ask("PUT", path, f"write {title(body)}", False, {"fieldManager": MANAGER}, body))

    def merge(self, kind: Kind, name: str, patch: Mapping[str, Any], subresource: str | None = None) -> Object:
        """Change single fields of an object (JSON merge patch)."""
        path = kind.path(self.namespace, name, subresource)
        what, query = f"change {kind.name} {name}", {"fieldManager": MANAGER}
        return self._object(_Ask("PATCH", path, what, True, query, patch, "application/merge-patch+json"))

    def delete(self, kind: Kind, name: str, uid: str | None = None) -> None:
        """Remove an object and what it owns; it may be gone already. With `uid` only that very object, not its heir."""
        options: Object = {"propagationPolicy": "Background"}
        if uid is not None:
            options["preconditions"] = {"uid": uid}
        path = kind.path(self.namespace, name)
        try:
            self._object(_Ask("DELETE", path, f"delete {kind.name} {name}", True, {}, options))
        except Missing:
            return
        except Clash:
            if uid is None:
                raise

    def review(self, kind: Kind, body: Object) -> Object:
        """Ask a question that comes as an object, such as what this identity may do; nothing is kept."""
        question = {"apiVersion": kind.api_version, "kind": kind.name, **body}
        return self._object(_Ask("POST", kind.path(self.namespace), f"ask for {kind.name}", True, {}, question))

    def text(self, path: str, query: Mapping[str, str], what: str, seconds: float = _CALL_SECONDS) -> str:
        """An answer that is text, such as a log."""
        return self._content(_Ask("GET", path, what, True, query, timeout=seconds)).decode("utf-8", "replace")

    def stream(self, path: str, query: Mapping[str, str], what: str, quiet: float) -> Reply:
        """An answer that goes on: a watch, or a log. Reading it raises Unreachable after `quiet` silent seconds."""
        ask = _Ask("GET", path, what, True, query, timeout=quiet)
        return self._patiently(lambda: self._once(ask), ask)

    def server_time(self) -> float:
        """Seconds since the epoch by the API server's own clock, so that all machines agree on what has run out."""
        reply = self.stream("/version", {}, "ask the API server for the time", _CALL_SECONDS)
        reply.close()
        try:
            return parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
        except ValueError:
            return self.clock.now()

    def _object(self, ask: _Ask) -> Object:
        content = self._content(ask)
        try:
            answer = json.loads(content)
        except ValueError:
            raise OnewayError(
                f"{ask.what}: {self.connection.server} did not answer in JSON: {content[:80]!r}",
                "check that the context points at a Kubernetes API server",
            ) from None
        return answer if isinstance(answer, dict) else {}

    def _content(self, ask: _Ask) -> bytes:
        return self._patiently(lambda: self._once(ask).read(), ask)

    def _once(self, ask: _Ask) -> Reply:
        headers = {"Accept": "application/json, */*"}
        sent = None
        if ask.body is not None:
            sent, headers["Content-Type"] = json.dumps(ask.body).encode(), ask.content_type
        reply = self.connection.open(ask.method, ask.path, ask.query, sent, headers, ask.timeout)
        if reply.status < 400:
            return reply
        raise refusal(reply.status, reply.headers, reply.read(), ask.what)

    def _patiently(self, attempt: Callable[[], T], ask: _Ask) -> T:
        until = self.clock.monotonic() + self.patience
        pause = _FIRST_PAUSE
        error: OnewayError
        while True:
            try:
                return attempt()
            except Busy as busy:
                again = ask.safe or busy.status == 429
                wait, error = max(busy.after, pause), busy
            except Unreachable as lost:
                again = ask.safe or not lost.sent
                wait, error = pause, self._lost(lost, ask)
            wait *= 0.5 + self.jitter()
            if not again or self.clock.monotonic() + wait > until:
                raise error
            self.clock.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _lost(self, lost: Unreachable, ask: _Ask) -> OnewayError:
        return ServerLost(
            f"{ask.what}: {self.connection.server} cannot be reached: {lost}",
            "check the network and the context; what was under way is recorded, and the next command carries on",
        )
