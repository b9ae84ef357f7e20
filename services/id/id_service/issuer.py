"""Issues ids: as the worker whose number this process was given, or under a lease that it takes and keeps."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol, Self

from id_service.generator import SEQUENCES, BoundReached, ClockBehind, Generator
from id_service.ledger import Lease, NoLease, StoreLost
from id_service.stores import LeaseStore

# A lease is renewed when a third of it is over, and not used any more this long before its end.
RENEWALS = 3
MARGIN = 1.0
FIRST_TRY_AGAIN = 0.2
# Seconds that the start waits for a first lease: until then nobody is sent here, and others answer.
LONGEST_START = 5.0
# Seconds after which it is asked again, before an id is issued, whether the ledger is still the same: with the lead of
# ids over the clock, less than UNKNOWN.
LOOK = 0.5
# Seconds that a request waits for a renewal that is late, as after a pause of the process.
LONGEST_RENEWAL = 0.3
# Milliseconds in which a renewal that cannot wait is done.
SOON = 20

_log = logging.getLogger("id_service")


class Issuer(Protocol):
    """`reason` says why no id can be issued now, or None."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    def issue(self, count: int) -> list[int]:
        """Raises ClockBehind and NoLease."""

    def one(self) -> int:
        """Raises ClockBehind and NoLease."""

    def reason(self) -> str | None: ...

    async def renewed(self) -> bool:
        """Whether it is worth trying again after NoLease: waits for a renewal that is merely late, and not long."""


class NumberedIssuer:
    """Whoever gave the number sees to it that no two live processes have it."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def issue(self, count: int) -> list[int]:
        return self._generator.issue(count)

    def one(self) -> int:
        return self._generator.one()

    def reason(self) -> str | None:
        return _waiting(self._generator)

    async def renewed(self) -> bool:
        return False


class LeasedIssuer:
    """Issues nothing without a lease, past its end by a clock that never jumps, or beyond what was put down for it.

    `pause` are the seconds until the store is asked again where nothing hurries."""

    def __init__(
        self,
        store: LeaseStore,
        preferred: int | None,
        in_thread: Callable[..., Awaitable[Lease]] = asyncio.to_thread,
    ) -> None:
        self._store = store
        self._preferred = preferred
        self._in_thread = in_thread
        self._holder = secrets.token_hex(8)
        self._lease: Lease | None = None
        self._generator: Generator | None = None
        self._used = 0
        self._why_not = "it has not been renewed in time"
        self.pause = FIRST_TRY_AGAIN
        self._keeping: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._stepped = asyncio.Event()
        self._refused = False
        self._looked = 0.0
        self._sure_until = 0.0

    async def __aenter__(self) -> Self:
        latest = asyncio.get_running_loop().time() + LONGEST_START
        await self.step()
        while self._lease is None and asyncio.get_running_loop().time() < latest:
            await asyncio.sleep(FIRST_TRY_AGAIN)
            await self.step()
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        if self._lease is not None:
            with contextlib.suppress(NoLease):
                await asyncio.to_thread(self._store.give_back, self._lease, self._next_place())
            self._give_up()

    def issue(self, count: int) -> list[int]:
        try:
            return self._usable().issue(count)
        except BoundReached:
            self._hurry.set()
            raise ClockBehind(SOON) from None

    def one(self) -> int:
        generator = self._generator
        if generator is None or self._store.shared() >= self._sure_until:
            generator = self._usable()
        try:
            return generator.one()
        except BoundReached:
            self._hurry.set()
            raise ClockBehind(SOON) from None

    def reason(self) -> str | None:
        try:
            return _waiting(self._usable())
        except NoLease as none:
            return str(none)

    async def renewed(self) -> bool:
        if self._refused:
            return False
        self._hurry.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stepped.wait(), LONGEST_RENEWAL)
        return not self._refused

    @property
    def worker(self) -> int | None:
        return self._lease.worker if self._lease else None

    async def step(self) -> None:
        """Renew the lease, or take another one where there is none any more. What fails is the reason for later.

        Only the store is asked in a thread: what is issued from changes between two requests, and never within one.
        """
        try:
            if self._lease is not None:
                await self._renew(self._lease)
            if self._lease is None:
                await self._take()
            self._refused = False
        except NoLease as none:
            if self._why_not != str(none):
                _log.warning("no lease: %s", none)
            self._why_not, self._refused, self.pause = str(none), True, FIRST_TRY_AGAIN
        self._stepped.set()
        self._stepped.clear()

    async def _take(self) -> None:
        lease = await self._in_thread(self._store.take, self._holder, self._preferred)
        above = (self._used // SEQUENCES + 1) * SEQUENCES if self._used else 0
        self._generator = Generator(lease.worker, self._store.wall, floor=max(lease.floor, above), bound=lease.bound)
        self._set(lease)
        _log.info("issuing as worker number %d, which is leased to this process", lease.worker)
        if self._preferred not in (None, lease.worker):
            _log.warning("worker number %s is held by another process on this machine", self._preferred)

    async def _renew(self, lease: Lease) -> None:
        try:
            renewed = await self._in_thread(self._store.renew, lease)
        except StoreLost:
            raise
        except NoLease:
            self._give_up()
            return
        if self._generator is not None:
            self._generator.extend(renewed.bound)
        self._set(renewed)

    def _give_up(self) -> None:
        """What comes later is above all that was issued."""
        self._used, self._lease, self._generator, self._sure_until = self._next_place(), None, None, 0.0

    def _set(self, lease: Lease) -> None:
        self._lease = lease
        self.pause = max(FIRST_TRY_AGAIN, (lease.until - self._store.shared()) / RENEWALS)

    def _usable(self) -> Generator:
        lease, generator = self._lease, self._generator
        if lease is None or generator is None:
            raise NoLease(f"this process has no worker number: {self._why_not}")
        now = self._store.shared()
        self._sure_until = 0.0
        if now >= lease.until - MARGIN:
            self._hurry.set()
            raise NoLease(f"the lease of worker number {lease.worker} has ended: {self._why_not}")
        if now >= self._looked + LOOK:
            if self._store.is_replaced():
                self._hurry.set()
                raise NoLease(f"worker number {lease.worker} was leased from a ledger that has been replaced since")
            self._looked = now
        self._sure_until = min(lease.until - MARGIN, self._looked + LOOK)
        return generator

    def _next_place(self) -> int:
        return max(self._used, self._generator.next_place if self._generator else 0)

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self.pause)
            self._hurry.clear()
            await self.step()


def _waiting(generator: Generator) -> str | None:
    behind = generator.behind()
    return str(ClockBehind(behind)) if behind else None
