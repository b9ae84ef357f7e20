"""The HTTP protocol of the server, with bounds that uvicorn leaves to a proxy in front of it."""

import asyncio
import json
import re
import resource
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from servicekit.context import new_request_id
from servicekit.problem import problem_response, unavailable

LARGEST_HEAD = 64 * 1024
LONGEST_HEAD_SECONDS = 20.0
MOST_DISCARDED = 64 * 1024 * 1024
LAST_SECONDS = 2.0
# A process that stood still for a moment finds as many callers as came meanwhile, and answers them at once. What more
# costs is memory, some 30 kB each; and no more files are opened than the process may open.
MOST_CONNECTIONS = min(2048, max(64, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 256))
OPERATIONS = frozenset({"/livez", "/readyz", "/metrics"})

_INVALID = "this is not a valid HTTP/1.1 request"
_HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]{0,300}")
_TOO_LARGE = f"the request line and headers are larger than {LARGEST_HEAD:,} bytes"


class BoundedProtocol(HttpToolsProtocol):
    """A request head is at most LARGEST_HEAD bytes and arrives within LONGEST_HEAD_SECONDS; of a body that nobody reads
    (its request was refused) at most MOST_DISCARDED bytes are taken before the connection is closed.

    While MOST_CONNECTIONS have requests under way further ones are refused, except for operators': a service that is
    merely busy is alive, and says so. While more than that are open each answer closes its own, so that callers who
    keep theirs idle keep nobody out.
    """

    _head_complete = False
    _fault: tuple[int, str] = (400, _INVALID)
    _refused = False
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _discarded = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_head_timer()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._discard(len(data))
            return
        if not self._head_complete:
            self._head_bytes += len(data)
        super().data_received(data)
        if not self._head_complete and self._head_bytes:
            self._start_head_timer()
            if self._head_bytes > LARGEST_HEAD:
                self._refuse(431, _TOO_LARGE)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        self._head_complete = True
        self._stop_head_timer()
        if self._head_bytes > LARGEST_HEAD and self._size_of_head() > LARGEST_HEAD:
            self._fault = (431, _TOO_LARGE)
            raise ValueError(_TOO_LARGE)
        if fault := _fault_of(self.parser.get_http_version(), self.headers):
            self._fault = (400, fault)
            raise ValueError(fault)
        self._head_bytes = 0
        if len(self.tasks) < MOST_CONNECTIONS:
            super().on_headers_complete()
            return
        application, self.app = self.app, partial(_answer_operators_only, self.app)
        try:
            super().on_headers_complete()
        finally:
            self.app = application

    def _size_of_head(self) -> int:
        """What was counted until now may be of the body, or of another request."""
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self.cycle.response_complete:
            self._discard(len(body))

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if len(self.connections) > MOST_CONNECTIONS and not self.cycle.response_started:
            self.cycle.keep_alive = False
        self._head_complete = False
        self._discarded = 0

    def send_400_response(self, msg: str) -> None:
        self._refuse(*self._fault)

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(LONGEST_HEAD_SECONDS, self._head_too_slow)

    def _head_too_slow(self) -> None:
        self._head_timer = None
        if self._head_bytes == 0:
            self.transport.close()
        else:
            self._refuse(408, f"the request head did not arrive within {LONGEST_HEAD_SECONDS:.0f} s")

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > MOST_DISCARDED:
            self.transport.abort()

    def _refuse(self, status: int, detail: str) -> None:
        """Answer, and read on for a moment: closing at once would reset the connection before the answer is read."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        problem: dict[str, Any] = {"type": "about:blank", "title": "", "status": status, "detail": detail}
        problem["title"] = STATUS_LINE[status].split(b" ", 2)[2].decode().strip()
        body = json.dumps(problem).encode()
        head = (
            b"content-type: application/problem+json\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n"
        )
        head += b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.write_eof()
        self.loop.call_later(LAST_SECONDS, self.transport.close)


def _fault_of(version: str, headers: list[tuple[bytes, bytes]]) -> str:
    """What RFC 9112 wants refused, and the parser takes: whoever stands before this may have read it otherwise."""
    if version not in ("1.0", "1.1"):
        return "HTTP/1.0 and HTTP/1.1 are spoken here"
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        return "the request must name its Host once"
    if hosts and not _HOST.fullmatch(hosts[0]):
        return "what the request names as its Host is none"
    codings = [value for name, value in headers if name == b"transfer-encoding"]
    if codings and b",".join(codings).lower() != b"chunked":
        return "of transfer codings only chunked is understood here"
    return ""


async def _answer_operators_only(application: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] in OPERATIONS:
        await application(scope, receive, send)
        return
    answer = problem_response(unavailable("too many requests are under way here; try again shortly"), new_request_id())
    answer.headers["X-Content-Type-Options"] = "nosniff"
    await answer(scope, receive, send)
