"""Ids from blocks: in order, none twice, whoever forks or fails; and none that is older than wanted."""

import asyncio
import os
from array import array
from collections.abc import Awaitable, Callable

import httpx
import pytest

from servicekit import CallFailed, Calls, DeclaredCall, IdBlocks, Settings

SETTINGS = Settings("shop", calls={"id": DeclaredCall("http://id", timeout=1.0)})


class Ids:
    """An id service that counts, and what it was asked for."""

    def __init__(self, first: int = 1000) -> None:
        self.next = first
        self.asked: list[int] = []
        self.fails = 0
        self.body: bytes | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["format"] == "binary"
        count = int(request.url.params["count"])
        self.asked.append(count)
        if self.fails:
            self.fails -= 1
            return httpx.Response(503)
        numbers = array("Q", range(self.next, self.next + count))
        self.next += count
        numbers.byteswap()
        return httpx.Response(200, content=numbers.tobytes() if self.body is None else self.body)


def within(service: Ids, story: Callable[[Calls], Awaitable[None]]) -> None:
    async def told() -> None:
        async with Calls(SETTINGS, transport=httpx.MockTransport(service)) as calls:
            await story(calls)

    asyncio.run(told())


def test_ids_ascend_without_a_gap_and_the_next_block_is_here_before_this_one_ends() -> None:
    service = Ids()

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=10)
        found = [await ids.next()]
        for _ in range(50):
            found.append(await ids.next())
            while ids._fetching is not None:
                await asyncio.sleep(0)
        assert found == list(range(1000, 1051))
        for _ in range(5):
            assert ids.take() is not None

    within(service, story)
    assert set(service.asked) == {10}


def test_many_who_wait_are_served_by_one_block() -> None:
    service = Ids()

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=100)
        found = await asyncio.gather(*(ids.next() for _ in range(40)))
        assert sorted(found) == list(range(1000, 1040))

    within(service, story)
    assert service.asked == [100]


def test_a_forked_process_gives_none_of_what_the_other_has() -> None:
    service = Ids()

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=10)
        await ids.next()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, b"nothing" if ids.take() is None else b"an id")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reading, 100) == b"nothing"
        assert ids.take() == 1001

    within(service, story)


def test_what_is_too_old_is_thrown_away() -> None:
    service, now = Ids(), [0.0]

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=10, oldest=5.0, clock=lambda: now[0])
        assert await ids.next() == 1000
        now[0] = 4.9
        assert ids.take() == 1001
        now[0] = 5.0
        assert ids.take() is None
        assert await ids.next() == 1010

    within(service, story)


def test_ids_below_what_was_given_out_are_left_out() -> None:
    """As when another replica, whose clock is a little behind, gives the next block."""
    service = Ids()

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=4)
        found = [await ids.next() for _ in range(4)]
        while ids._fetching is not None:
            await asyncio.sleep(0)
        service.next = 1001
        found += [await ids.next() for _ in range(8)]
        assert found == sorted(set(found))

    within(service, story)


@pytest.mark.parametrize("body", [b"", b"1234567", b"{}"])
def test_a_failure_is_told_to_those_who_wait_and_tried_again(body: bytes) -> None:
    service = Ids()
    service.fails = 1

    async def story(calls: Calls) -> None:
        ids = IdBlocks(calls, block=10)
        with pytest.raises(CallFailed):
            await ids.next()
        service.body = body
        with pytest.raises(CallFailed, match="no block of ids"):
            await ids.next()
        service.body = None
        assert await ids.next() >= 1000

    within(service, story)


@pytest.mark.parametrize("block", [0, -1, 100_001])
def test_a_block_has_a_size_that_the_service_gives(block: int) -> None:
    with pytest.raises(ValueError, match="must be from 1 to"):
        IdBlocks(Calls(SETTINGS), block=block)
