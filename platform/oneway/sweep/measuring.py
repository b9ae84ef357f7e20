"""One measurement from its first request to what was found: a search asks, the sender answers."""

import asyncio
from collections.abc import Callable, Generator
from typing import TypeVar

from .narrowing import Found, Plan, Step, find_capacity
from .sender import Sender
from .window import Window

T = TypeVar("T")
Tell = Callable[[Step, Window | None], None]
"""Hears of a step when it begins, and again with what came of it; what it raises ends the measurement."""


def measure(plan: Plan, sender: Sender, tell: Tell = lambda step, window: None) -> Found:
    """Find what is carried. Ctrl-C ends it, and every connection with it."""
    return converse(find_capacity(plan), sender, tell)


def converse(search: Generator[Step, Window, T], sender: Sender, tell: Tell) -> T:
    """Offer every step that the search asks for, until it has found what it looks for."""
    return asyncio.run(_converse(search, sender, tell))


async def _converse(search: Generator[Step, Window, T], sender: Sender, tell: Tell) -> T:
    try:
        step = next(search)
        while True:
            tell(step, None)
            window = await sender.offer(step)
            tell(step, window)
            step = search.send(window)
    except StopIteration as end:
        found: T = end.value
        return found
    finally:
        await sender.close()
