"""What every request to the monitor goes through: known hosts, safe headers, HEAD as GET, orders from here alone."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
SendMessage = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, SendMessage], Awaitable[None]]

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; frame-src 'self'; "
    "img-src data: 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """Around the application. `hosts` are the names under which it may be asked; others could be a page somewhere that
    lets its own name lead here."""

    def __init__(self, application: Application, hosts: Iterable[str]) -> None:
        self._application = application
        self._hosts = frozenset(each.lower() for each in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if _name(host) not in self._hosts:
            await _refuse(send, 421, "this monitor is not known under that name; add it to `monitoring.hosts`\n")
            return
        if scope["method"] not in ("GET", "HEAD") and not _is_from_here(headers, host):
            await _refuse(send, 403, "orders are taken from this page alone\n")
            return
        head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if head else scope

        async def dressed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message.get("headers", ())}
                own = [each for each in _HEADERS if each[0] not in said]
                message["headers"] = [*message.get("headers", ()), *own]
            elif head:
                message = {**message, "body": b""}
            await send(message)

        await self._application(inner, receive, dressed)


def _name(host: str) -> str:
    """The host without its port; an IPv6 address without its brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_from_here(headers: MutableMapping[bytes, str], host: str) -> bool:
    """Whether no other page's script can have sent it: such ones carry an origin, and cannot send JSON unasked."""
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return False
    return headers.get(b"content-type", "").partition(";")[0].strip() == "application/json"


async def _refuse(send: SendMessage, status: int, text: str) -> None:
    fields = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": text.encode()})
