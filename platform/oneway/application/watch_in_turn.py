"""One of several monitors watches; the others stand by, answer that they are alive, and take over when it is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from ..errors import OnewayError

_POLL_SECONDS: Final = 1.0
_HEAD_SECONDS: Final = 5.0
_ALIVE: Final = frozenset({"/livez", "/metrics"})
T = TypeVar("T")


class Election(Protocol):
    """Who leads. The first method may take as long as a question to a cluster."""

    def try_to_lead(self) -> bool: ...

    def leads(self) -> bool: ...

    def resign(self) -> None: ...


async def watch_in_turn(
    election: Election,
    watch: Callable[[asyncio.Event], Awaitable[T]],
    address: tuple[str, int] | None,
    lost: Callable[[], None],
    stopped: asyncio.Event,
) -> T | None:
    """Stand by until it is this one's turn, then watch until stopped; None where that came first. `lost` is called
    when another one may have taken over: nothing more may be told or written from here."""
    if not await _stand_by(election, address, stopped):
        return None
    guarding = asyncio.create_task(_guard(election, lost))
    try:
        return await watch(stopped)
    finally:
        guarding.cancel()
        await asyncio.to_thread(election.resign)


async def _stand_by(election: Election, address: tuple[str, int] | None, stopped: asyncio.Event) -> bool:
    server = await asyncio.start_server(_answer, *address) if address is not None else None
    try:
        while not stopped.is_set():
            try:
                if await asyncio.to_thread(election.try_to_lead):
                    return True
            except OnewayError:
                pass
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await stopped.wait()
            except TimeoutError:
                continue
        return False
    finally:
        if server is not None:
            server.close()


async def _guard(election: Election, lost: Callable[[], None]) -> None:
    while election.leads():
        await asyncio.sleep(_POLL_SECONDS / 4)
    lost()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Alive and ready to take over; there is nothing else to see."""
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode("latin-1").partition("?")[0]
        status = "200 OK" if path in _ALIVE else "503 Service Unavailable"
        text = "" if path == "/metrics" else "another replica watches; this one stands by\n"
        fields = f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text)}\r\nConnection: close"
        writer.write(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n{text}".encode())
        await writer.drain()
    except (OSError, TimeoutError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()
