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


class NothingListens(Exception):
    """No connection could be made."""


def why_not_good(port: int, path: str, seconds: float) -> str:
    """Why the path is not answered well within so many seconds; empty where it is. Raises NothingListens."""
    until = time.monotonic() + seconds
    here = path
    for _ in range(_MOST_REDIRECTS):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            status, text, location = _get(port, here, left)
        except ConnectionRefusedError:
            raise NothingListens from None
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() >= until:
                break
            return f"{path} gives no answer: {error or type(error).__name__}"
        if time.monotonic() >= until:
            break
        if location is None:
            return "" if 200 <= status < 400 else f"{path} answers {status} {text}".rstrip()
        here = location
    else:
        return f"{path} redirects more than {_MOST_REDIRECTS} times"
    return f"{path} gives no answer within {seconds:g} s"


def _get(port: int, path: str, seconds: float) -> tuple[int, str, str | None]:
    """Status, the start of what a bad answer says, and where on the same replica it redirects to. However slowly an
    answer drips, the connection is cut when the time is over."""
    connection = http.client.HTTPConnection(HOST, port, timeout=seconds)
    connection.response_class = _Answer
    connection.connect()
    end = threading.Timer(seconds, _cut, [connection.sock])
    end.daemon = True
    end.start()
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        if answer.status >= 400 or answer.status < 200:
            return answer.status, answer.read(_MOST_SHOWN).decode("utf-8", "replace").strip(), None
        return answer.status, "", _same_host(port, path, answer) if answer.status >= 300 else None
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
