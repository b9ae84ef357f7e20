"""Ids of the id service without a round trip for each: fetched ahead in blocks, and given out in this process."""

import asyncio
import contextvars
import os
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable

from servicekit.call_failures import CallFailed
from servicekit.calls import Calls

LARGEST_BLOCK = 100_000


class IdBlocks:
    """Ids ascend, and none is given out twice: a process that dies loses what is left of its blocks, and one that was
    forked begins with blocks of its own. An id tells when its block was fetched; a block that is older than `oldest`
    seconds is thrown away, so that ids tell the time to that accuracy. Belongs to one event loop.
    """

    def __init__(
        self,
        calls: Calls,
        *,
        callee: str = "id",
        block: int = 1000,
        oldest: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """The next block is fetched when half of one is left."""
        if not 1 <= block <= LARGEST_BLOCK:
            raise ValueError(f"block is {block}, but must be from 1 to {LARGEST_BLOCK}")
        self._calls = calls
        self._callee = callee
        self._block = block
        self._oldest = oldest
        self._clock = clock
        self._begin()

    async def next(self) -> int:
        """Waits only where no id is here. Raises CallFailed where none can be fetched."""
        number = self.take()
        while number is None:
            await asyncio.shield(self._fetching or self._fetch())
            number = self.take()
        return number

    def take(self) -> int | None:
        """The next id, at once; None where there is none."""
        if os.getpid() != self._process:
            self._begin()
        if self._until and self._clock() >= self._until[0]:
            self._drop()
        if not self._ids:
            return None
        number = self._last = self._ids.popleft()
        if len(self._ids) * 2 < self._block and self._fetching is None:
            self._fetch()
        return number

    def _begin(self) -> None:
        """Nothing of what another process has."""
        self._process = os.getpid()
        self._ids: deque[int] = deque()
        self._ends: deque[int] = deque()
        self._until: deque[float] = deque()
        self._last = -1
        self._fetching: asyncio.Task[None] | None = None

    def _drop(self) -> None:
        """Every block that is too old."""
        now = self._clock()
        while self._until and now >= self._until[0]:
            self._until.popleft()
            end = self._ends.popleft()
            while self._ids and self._ids[0] <= end:
                self._ids.popleft()

    def _fetch(self) -> "asyncio.Task[None]":
        """For all who wait, and so within the declared timeout and nobody's own deadline."""
        self._fetching = asyncio.get_running_loop().create_task(self._fetched(), context=contextvars.Context())
        self._fetching.add_done_callback(self._done)
        return self._fetching

    def _done(self, task: "asyncio.Task[None]") -> None:
        if self._fetching is task:
            self._fetching = None
        if not task.cancelled():
            task.exception()  # whoever waits is told; what is fetched ahead is fetched again

    async def _fetched(self) -> None:
        asked = self._clock()
        wanted: dict[str, str | int] = {"count": self._block, "format": "binary"}
        answer = await self._calls.request(self._callee, "POST", "/v1/ids", params=wanted, repeatable=True)
        if answer.status_code != 200 or not answer.content or len(answer.content) % 8:
            raise CallFailed(self._callee, 502, f"gave no block of ids (status {answer.status_code})")
        numbers = array("Q", answer.content)
        if sys.byteorder == "little":
            numbers.byteswap()
        highest = self._ids[-1] if self._ids else self._last
        above = [number for number in numbers if number > highest]
        if above and os.getpid() == self._process:
            self._ids.extend(above)
            self._ends.append(above[-1])
            self._until.append(asked + self._oldest)
