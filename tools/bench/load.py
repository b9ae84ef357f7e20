"""A steady load on one address: so many requests a second over connections that are kept, none tried twice.

Half of the requests, drawn by lot, give out ids (POST); the others ask what an id of before holds (GET).
"""

import asyncio
import contextlib
import json
import select
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Final

_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Failure:
    """One request that failed: when it was sent, what it was, what went wrong, and when that was known."""

    sent: float
    method: str
    kind: str
    known: float = 0.0


@dataclass(slots=True)
class Tally:
    """What came back; `seconds` holds the time of each answer."""

    requests: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    failures: list["Failure"] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass(slots=True)
class Load:
    """Requests to an id service at a port of this machine, `rate` a second, until `stop` is called; a POST is for
    `count` ids."""

    port: int
    rate: float
    count: int = 3
    tally: Tally = field(default_factory=Tally)
    _idle: list[_Connection] = field(default_factory=list)
    _given: str | None = None
    _lots: Random = field(default_factory=lambda: Random(7))
    _stopped: bool = False

    async def run(self) -> None:
        """Send at the rate whatever the answers do, and wait for the last ones."""
        under_way: set[asyncio.Task[None]] = set()
        begun, sent = time.monotonic(), 0
        while not self._stopped:
            while sent < (time.monotonic() - begun) * self.rate:
                task = asyncio.create_task(self._one())
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                sent += 1
            await asyncio.sleep(0.5 / self.rate)
        await asyncio.gather(*under_way)
        for each in self._idle:
            each.writer.close()

    def stop(self) -> None:
        """Send no more."""
        self._stopped = True

    async def _one(self) -> None:
        started = time.monotonic()
        asked = self._given if self._lots.random() < 0.5 else None
        method = "POST" if asked is None else "GET"
        self.tally.requests[method] += 1
        connection: _Connection | None = None
        try:
            async with asyncio.timeout(_TIMEOUT):
                connection = await self._connection()
                path = f"/v1/ids?count={self.count}" if asked is None else f"/v1/ids/{asked}"
                status, body, keeps = await _exchange(connection, method, path)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.tally.failures.append(Failure(started, method, type(error).__name__, time.monotonic()))
            if connection is not None:
                connection.writer.close()
            return
        if keeps:
            self._idle.append(connection)
        else:
            connection.writer.close()
        self.tally.seconds.append(time.monotonic() - started)
        if status != 200:
            self.tally.failures.append(Failure(started, method, f"status {status}{_reason(body)}", time.monotonic()))
        elif fault := self._fault(body, asked):
            self.tally.wrong.append(fault)

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if not _dropped(connection):
                return connection
            connection.writer.close()
        return _Connection(*await asyncio.open_connection("127.0.0.1", self.port))

    def _fault(self, body: bytes, asked: str | None) -> str:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(body)
            if asked is not None:
                return "" if told["id"] == asked else f"{told['id']} where {asked} was asked for"
            ids = told["ids"]
            if len(ids) != self.count or not all(each.isdigit() and 15 <= len(each) <= 19 for each in ids):
                return f"not {self.count} ids: {ids}"
            if len(set(ids)) != len(ids) or self.tally.seen.intersection(ids):
                return f"ids that were given out before: {ids}"
            self.tally.seen.update(ids)
            self._given = ids[-1]
            return ""
        return f"no answer that makes sense: {body[:100]!r}"


def _reason(body: bytes) -> str:
    """What a problem says of itself."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return f": {json.loads(body)['detail']}"
    return ""


def _dropped(connection: _Connection) -> bool:
    """Whether the server has closed it, asked of the socket itself, as httpx and urllib3 do before they send again."""
    if connection.reader.at_eof() or connection.writer.is_closing():
        return True
    poll = select.poll()
    poll.register(connection.writer.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(poll.poll(0))


async def _exchange(connection: _Connection, method: str, path: str) -> tuple[int, bytes, bool]:
    connection.writer.write(f"{method} {path} HTTP/1.1\r\nHost: id\r\nContent-Length: 0\r\n\r\n".encode())
    head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    body = await connection.reader.readexactly(int(headers["content-length"]))
    return (
        int(head[0].split()[1]),
        body,
        headers.get("connection", "").lower() != "close",
    )
