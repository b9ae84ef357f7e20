"""A second attempt beside one that takes long: whichever is answered first counts."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def hedged(attempt: Callable[[], Coroutine[Any, Any, T]], after: float) -> T:
    """Only for what is safe to do twice. A first attempt that fails in time is not hedged, but raised; of two, the
    failure of one waits for the other. What is not needed any more is cancelled."""
    tasks = {asyncio.create_task(attempt())}
    try:
        done, _ = await asyncio.wait(tasks, timeout=after)
        if not done:
            tasks.add(asyncio.create_task(attempt()))
        while True:
            done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            good = next((each for each in done if each.exception() is None), None)
            if good is not None or not waiting:
                return await (good or next(iter(done)))
            tasks = waiting
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
