"""As many requests as a server answers, one after the other on each of some connections that are kept."""

import asyncio
import socket
import time
from typing import Final

_LONGEST_START: Final = 60.0


async def requests_in(port: int, request: bytes, seconds: float, connections: int) -> int:
    """How many were answered with 200 within the time. Raises RuntimeError for any other answer."""
    latest = time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: _Connection(request, latest), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    return sum(await asyncio.gather(*(each.done for each in made)))


def wait_until_answered(port: int, path: str) -> None:
    """Asks until the answer is 200."""
    latest = time.monotonic() + _LONGEST_START
    while time.monotonic() < latest:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                if connection.recv(15).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.01)
    raise RuntimeError(f"no 200 for {path} at port {port} within {_LONGEST_START:.0f} s")


class _Connection(asyncio.Protocol):
    def __init__(self, request: bytes, latest: float) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._request, self._latest = request, latest
        self._answered = 0
        self._received = bytearray()
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._size and (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._size = end + 4 + _length(bytes(self._received[:end]))
        if not self._size or len(self._received) < self._size:
            return
        if not self._received.startswith(b"HTTP/1.1 200"):
            self._fail(f"answered {bytes(self._received[:200])!r}")
            return
        self._answered += 1
        self._received = bytearray()
        self._size = 0
        if time.monotonic() < self._latest:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self.done.set_result(self._answered)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"closed the connection: {error}")

    def _fail(self, what: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"the server {what}"))


def _length(head: bytes) -> int:
    name = b"\r\ncontent-length:"
    return int(head.lower().partition(name)[2].partition(b"\r\n")[0])
