"""One measurement from its first request to what was found: the search asks, the sender answers."""

import asyncio
from collections.abc import Callable

from .narrowing import Found, Plan, Step, find_capacity
from .sender import Sender
from .window import Window

Tell = Callable[[Step, Window | None], None]
"""Hears of a step when it begins, and again with what came of it."""


def measure(plan: Plan, sender: Sender, tell: Tell = lambda step, window: None) -> Found:
    """Find what is carried. Ctrl-C ends it, and every connection with it."""
    return asyncio.run(_measure(plan, sender, tell))


async def _measure(plan: Plan, sender: Sender, tell: Tell) -> Found:
    search = find_capacity(plan)
    try:
        step = next(search)
        while True:
            tell(step, None)
            window = await sender.offer(step)
            tell(step, window)
            step = search.send(window)
    except StopIteration as end:
        found: Found = end.value
        return found
    finally:
        await sender.close()
