"""Requests over HTTP by TCP or by a socket in the file system, each with one deadline for everything.

It covers the look-up of the name, the connection, TLS, sending, the head, and the body to its last byte.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from .. import __version__
from .answer import Answer, Kind, NoAnswer, Outgoing
from .certificate import why_untrusted
from .loop_thread import run
from .reading import MAX_BODY, read_answer, too_large

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, TraceConfig

_CHUNK: Final = 64 << 10
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEAD_LINE: Final = 64 << 10
_HEAD_LINES: Final = 256
_LEFT_ALONE: Final = "%/:?#[]@!$&'()*+,;=-._~\"<>\\^`{|}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a service listens: `http://127.0.0.1:8080`, and the socket in the file system that leads there, if one
    does. `headers` are added to every request."""

    base_url: str
    socket: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpSend:
    """A way to send to the address that `locate` gives, asked anew for each request. Redirects are answers, no cookie
    is kept, no proxy is asked. Called, it waits for the answer; `ask` is the same for a program with a loop."""

    def __init__(self, locate: Callable[[], Address]) -> None:
        self._locate = locate

    def __call__(self, outgoing: Outgoing) -> Answer:
        return run(self.ask(outgoing))

    async def ask(self, outgoing: Outgoing, sessions: "Sessions | None" = None, may_come_twice: bool = False) -> Answer:
        """Send one request. With `sessions` connections are kept and used again for what may come twice: where a kept
        one turns out to be closed, it is sent on another. Without, it gets its own."""
        address = self._locate()
        if outgoing.kind is not Kind.HTTP:
            from .other_kinds import ask_other_kind

            return await ask_other_kind(outgoing, address)
        answer = await self._ask_http(outgoing, address, sessions, may_come_twice)
        if not outgoing.certificate or not address.base_url.startswith("https:"):
            return answer
        from .other_kinds import certificate_end

        return replace(answer, certificate_ends=await certificate_end(address.base_url, outgoing.timeout))

    async def _ask_http(
        self, outgoing: Outgoing, address: Address, sessions: "Sessions | None", may_come_twice: bool
    ) -> Answer:
        if sessions is not None and (may_come_twice or outgoing.method in _REPEATABLE):
            try:
                return await _exchange(sessions.to(address), address, outgoing)
            except _Stale as stale:
                outgoing = replace(outgoing, timeout=stale.left)
        async with _session(address.socket) as session:
            return await _exchange(session, address, outgoing)


class _Stale(Exception):
    """A connection that was kept turned out to be closed; so many seconds are left to ask again on a new one."""

    def __init__(self, left: float) -> None:
        super().__init__()
        self.left = left


class Sessions:
    """Connections kept for the next request, for one loop. To be closed at the end."""

    def __init__(self) -> None:
        self._open: dict[str | None, ClientSession] = {}

    def to(self, address: Address) -> "ClientSession":
        """The session that leads to the address."""
        if address.socket not in self._open:
            self._open[address.socket] = _session(address.socket)
        return self._open[address.socket]

    async def close(self) -> None:
        """Give every connection up."""
        for each in self._open.values():
            await each.close()
        self._open.clear()


def http_sender(base_url: str) -> HttpSend:
    """A way to send to one address such as `http://127.0.0.1:8080`."""
    address = Address(base_url)
    return HttpSend(lambda: address)


def _session(socket: str | None) -> "ClientSession":
    import aiohttp

    from .names import Resolver

    connector: aiohttp.BaseConnector
    if socket is None:
        connector = aiohttp.TCPConnector(resolver=Resolver(), limit=0, ttl_dns_cache=30)
    else:
        connector = aiohttp.UnixConnector(socket, limit=0)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        headers={"User-Agent": f"oneway/{__version__}", "Accept-Encoding": "gzip, deflate"},
        skip_auto_headers=("Content-Type",),
        auto_decompress=False,
        max_line_size=_HEAD_LINE,
        max_field_size=_HEAD_LINE,
        max_headers=_HEAD_LINES,
        trace_configs=[_noting_reuse()],
    )
    # It would ask a second time where the first connection was cut, which is what a check must see.
    session._retry_connection = False
    return session


def _noting_reuse() -> "TraceConfig":
    import aiohttp

    async def note(session: object, context: SimpleNamespace, parameters: object) -> None:
        context.trace_request_ctx["reused"] = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(note)
    return trace


async def _exchange(session: "ClientSession", address: Address, outgoing: Outgoing) -> Answer:
    import aiohttp
    from yarl import URL

    loop, connection = asyncio.get_running_loop(), dict[str, bool]()
    started, part = loop.time(), "no answer came"
    try:
        async with (
            asyncio.timeout(outgoing.timeout),
            session.request(
                outgoing.method,
                URL(address.base_url + quote(outgoing.path, _LEFT_ALONE), encoded=True),
                headers={**outgoing.headers, **address.headers},
                data=outgoing.body,
                allow_redirects=False,
                trace_request_ctx=connection,
            ) as response,
        ):
            part = "the body did not end"
            raw = b"" if outgoing.head else await _read(response)
            seconds = loop.time() - started
            headers = [(name, value) for name, value in response.headers.items()]
    except TimeoutError:
        hint = "" if part == "no answer came" else "; `head: true` judges the head alone"
        raise NoAnswer(f"{part} within {outgoing.timeout:g} s{hint}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if connection.get("reused") and isinstance(error, aiohttp.ServerDisconnectedError | OSError):
            raise _Stale(max(0.0, started + outgoing.timeout - loop.time())) from None
        raise NoAnswer(reason_of(error)) from None
    return replace(read_answer(response.status, headers, raw, seconds), origin=address.base_url)


async def _read(response: "ClientResponse") -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large()
    return bytes(body)


def reason_of(error: Exception) -> str:
    """Why no answer came, in a person's words, never a library's."""
    import aiohttp

    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} cannot be resolved"
        case aiohttp.ClientConnectorCertificateError():
            return f"its certificate is not trusted: {why_untrusted(error.certificate_error)}"
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return "no secure connection: the other side does not speak TLS as we do"
        case aiohttp.ClientConnectorError():
            return _socket_fault(error.os_error)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientConnectionResetError():
            return "the connection was cut before an answer came"
        case aiohttp.ClientPayloadError():
            return "the connection was cut in the middle of the answer"
        case aiohttp.ClientResponseError():
            return "what came is not HTTP: " + (" ".join(error.message.split()) or "no reason given")[:200]
        case OSError():
            return _socket_fault(error)
    return f"the request cannot be sent: {error}"


def fault_words(error: Exception) -> str:
    """Why there is no connection, in a person's words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {why_untrusted(error)}"
    return reason_of(error)


def _socket_fault(error: OSError) -> str:
    match error:
        case ConnectionRefusedError():
            return "connection refused: nothing listens there"
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return "the connection was cut before an answer came"
        case FileNotFoundError():
            return "connection refused: there is no such socket"
    return f"no connection: {error.strerror or type(error).__name__}"
