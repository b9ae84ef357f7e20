"""A server for monitors to be measured against: thousands of answers a second on one core, good and bad ones.

The path says how it answers: `/good`, `/fail`, `/slow`, `/hang`, `/drip`, `/huge`, `/redirect`. Anything but the first
is what no other check may suffer from.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Final

_DELAY: Final = 0.02
_GOOD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_FAIL: Final = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\n\r\nbroken"
_REDIRECT: Final = b"HTTP/1.1 302 Found\r\nLocation: /redirect\r\nContent-Length: 0\r\n\r\n"
_HUGE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
_DRIP: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
_BLOCK: Final = bytes(64 << 10)


class Answering(asyncio.Protocol):
    """One connection; requests have no body, and one comes after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._task: asyncio.Task[None] | None = None
        self._free = asyncio.Event()
        self._free.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            kind = head.split(b" ", 2)[1].strip(b"/").split(b"/")[0].decode()
            _KINDS.get(kind, _KINDS["good"])(self)

    def pause_writing(self) -> None:
        self._free.clear()

    def resume_writing(self) -> None:
        self._free.set()

    def connection_lost(self, error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()

    def after(self, seconds: float, answer: bytes) -> None:
        """Answer after so long."""
        self._loop.call_later(seconds, self._write, answer)

    def endless(self, head: bytes, block: bytes, pause: float) -> None:
        """Answer with no end."""

        async def pour() -> None:
            self._write(head)
            while not self._transport.is_closing():
                await self._free.wait()
                self._write(block)
                await asyncio.sleep(pause)

        self._task = self._loop.create_task(pour())

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


_KINDS: Final[dict[str, Callable[[Answering], None]]] = {
    "good": lambda to: to.after(_DELAY, _GOOD),
    "fail": lambda to: to.after(_DELAY, _FAIL),
    "redirect": lambda to: to.after(_DELAY, _REDIRECT),
    "slow": lambda to: to.after(0.7, _GOOD),
    "hang": lambda to: None,
    "drip": lambda to: to.endless(_DRIP, b"x", 0.1),
    "huge": lambda to: to.endless(_HUGE, _BLOCK, 0.0),
}


async def serve() -> None:
    """Answer until ended; the port is the first line of standard output."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
