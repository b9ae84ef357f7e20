"""An anonymous caller who means no good: broken, aborted, impatient, huge, slow and misdirected requests at a rate."""

import asyncio
import contextlib
import itertools
import socket
import struct
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

_PATIENCE: Final = 10.0
_SLOW_SECONDS: Final = 5.0
_ABORT: Final = struct.pack("ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Attack:
    """Attacks on the service at a port of this machine, each kind in its turn, until `stop` is called. `told` counts
    what came back, by kind and status."""

    port: int
    rate: float
    told: Counter[str] = field(default_factory=Counter)
    _stopped: bool = False

    async def run(self) -> None:
        """Attack at the rate, and wait for the last ones."""
        under_way: set[asyncio.Task[None]] = set()
        begun, kinds = time.monotonic(), itertools.cycle(KINDS)
        for sent in itertools.count(1):
            if self._stopped:
                break
            task = asyncio.create_task(self._one(next(kinds)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            await asyncio.sleep(max(0.0, begun + sent / self.rate - time.monotonic()))
        await asyncio.gather(*under_way)

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True

    async def _one(self, kind: str) -> None:
        answer = "no answer"
        with contextlib.suppress(OSError, EOFError, TimeoutError, ValueError, IndexError):
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    answer = await KINDS[kind]((reader, writer))
                finally:
                    writer.close()
        self.told[f"{kind}: {answer}"] += 1


def _head(method: str, path: str, *headers: str, host: str = "localhost") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *headers, "", ""]).encode()


def _sending(*parts: bytes) -> Callable[[Streams], Awaitable[str]]:
    async def send(streams: Streams) -> str:
        reader, writer = streams
        for part in parts:
            writer.write(part)
        return (await reader.readline()).split()[1].decode()

    return send


def _aborting(*parts: bytes) -> Callable[[Streams], Awaitable[str]]:
    async def abort(streams: Streams) -> str:
        _, writer = streams
        for part in parts:
            writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        writer.transport.abort()
        return "gone"

    return abort


async def _dawdle(streams: Streams) -> str:
    reader, writer = streams
    writer.write(_head("POST", "/v1/ids?count=1", "Content-Length: 1000"))
    until = time.monotonic() + _SLOW_SECONDS
    while time.monotonic() < until and not reader.at_eof():
        writer.write(b"x")
        await asyncio.sleep(0.5)
    return "gone"


_CHUNKED: Final = "Transfer-Encoding: chunked"
KINDS: Final[dict[str, Callable[[Streams], Awaitable[str]]]] = {
    "no length of a chunk": _sending(_head("POST", "/v1/ids?count=1", _CHUNKED), b"ZZZ\r\n"),
    "a chunk that is longer": _sending(_head("POST", "/v1/ids?count=1", _CHUNKED), b"1\r\nabc\r\n"),
    "a question with a broken body": _sending(_head("GET", "/v1/ids/1", _CHUNKED), b"ZZZ\r\n"),
    "an upload given up": _aborting(_head("POST", "/v1/ids?count=1", "Content-Length: 100"), b"half"),
    "a question given up": _aborting(_head("GET", "/v1/ids/1")),
    "no time at all": _sending(_head("POST", "/v1/ids?count=1", "X-Request-Deadline-Ms: 0", "Content-Length: 0")),
    "hardly any time": _sending(_head("POST", "/v1/ids?count=1000", "X-Request-Deadline-Ms: 1", "Content-Length: 0")),
    "a body of two megabytes": _sending(
        _head("POST", "/v1/ids?count=1", "Content-Length: 2000000"), b"x" * 1_000_000, b"x" * 1_000_000
    ),
    "a body of a terabyte": _sending(_head("POST", "/v1/ids?count=1", "Content-Length: 1000000000000"), b"x" * 1000),
    "a head of two megabytes": _sending(_head("GET", "/v1/ids/1", "X-Long: " + "a" * 2_000_000)),
    "a byte each half second": _dawdle,
    "a foreign name": _sending(_head("GET", "/v1/ids/1", host="evil.example")),
    "a token of the rollout": _sending(_head("GET", "/v1/ids/1", "X-Oneway-Release: 1")),
    "no HTTP": _sending(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}
