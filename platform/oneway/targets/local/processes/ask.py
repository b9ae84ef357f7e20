"""One health path, asked of a replica on this machine: on the standard library alone, and over within its time.

The rule is that of the kubelet, so that both targets judge alike: 200 to 399 is good; redirects on the replica itself
are followed, and one that leads elsewhere is an answer.
"""

import http.client
import socket
import threading
import time
from contextlib import suppress
from typing import Final
from urllib.parse import urljoin, urlsplit

HOST: Final = "127.0.0.1"
_MOST_REDIRECTS: Final = 10
_MOST_SHOWN: Final = 300
_ASKED_TOO_MUCH: Final = frozenset({(429, True), (429, False), (503, True)})


class NothingListens(Exception):
    """No connection could be made."""


class NoAnswer(Exception):
    """A connection was made, or asked for, and no answer came."""


def why_not_good(port: int, path: str, seconds: float) -> str:
    """Why the path is not answered well within so many seconds; empty where it is. Raises NothingListens."""
    try:
        return _why_bad(port, path, seconds, frozenset())
    except NoAnswer as error:
        return str(error)


def why_not_alive(port: int, path: str, seconds: float) -> str:
    """The same of a path that says whether the replica is alive: who answers that it is asked too much for now (429, or
    503 with Retry-After) is. Raises NothingListens and NoAnswer."""
    return _why_bad(port, path, seconds, _ASKED_TOO_MUCH)


def _why_bad(port: int, path: str, seconds: float, forgiven: "frozenset[tuple[int, bool]]") -> str:
    until = time.monotonic() + seconds
    here = path
    for _ in range(_MOST_REDIRECTS):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            status, text, location, says_when = _get(port, here, left)
        except ConnectionRefusedError:
            raise NothingListens from None
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= until:
                break
            raise NoAnswer(f"{path} gives no answer: {error or type(error).__name__}") from None
        if time.monotonic() >= until:
            break
        if location is None:
            good = 200 <= status < 400 or (status, says_when) in forgiven
            return "" if good else f"{path} answers {status} {text}".rstrip()
        here = location
    else:
        return f"{path} redirects more than {_MOST_REDIRECTS} times"
    raise NoAnswer(f"{path} gives no answer within {seconds:g} s")


def _get(port: int, path: str, seconds: float) -> tuple[int, str, str | None, bool]:
    """Status, the start of what a bad answer says, where on the same replica it redirects to, and whether it says when
    to ask again. However slowly an answer drips, the connection is cut when the time is over."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    connection.response_class = _Answer
    connection.connect()
    end = threading.Timer(seconds, _cut, [connection.sock])
    end.daemon = True
    end.start()
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        says_when = answer.getheader("Retry-After") is not None
        if answer.status >= 400 or answer.status < 200:
            return answer.status, answer.read(_MOST_SHOWN).decode("utf-8", "replace").strip(), None, says_when
        return answer.status, "", _same_host(port, path, answer) if answer.status >= 300 else None, says_when
    finally:
        end.cancel()
        connection.close()


class _Answer(http.client.HTTPResponse):
    """The final answer: what comes before it, such as 103 Early Hints, is passed over, as any client does."""

    def begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200 and self.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = None  # type: ignore[assignment]
            super().begin()


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _same_host(port: int, path: str, answer: http.client.HTTPResponse) -> str | None:
    location = answer.getheader("Location")
    if not location:
        return None
    try:
        target = urlsplit(urljoin(f"http://{HOST}:{port}{path}", location))
        if (target.scheme, target.hostname, target.port) != ("http", HOST, port):
            return None
    except ValueError:
        return None
    return (target.path or "/") + (f"?{target.query}" if target.query else "")
