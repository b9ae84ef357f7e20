"""What several rules compute along chains of calls, and how they write numbers."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Final

from ..model import Call, Duration

MOST: Final = 1e15
"""Products and sums stop growing here, so that no manifest makes a number that cannot be written."""

_SHOWN: Final = 12


def along(calls: Iterable[Call], cost: Callable[[Call], float]) -> float:
    """What the required calls cost one after the other; those marked `parallel` cost as much as the worst of them."""
    total = longest = 0.0
    for call in calls:
        if call.required:
            if call.parallel:
                longest = max(longest, cost(call))
            else:
                total += cost(call)
    return total + longest


def arrows(names: Sequence[str]) -> str:
    """`a -> b -> c`, with the middle of a very long chain left out."""
    if len(names) > _SHOWN:
        half = _SHOWN // 2
        names = [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]
    return " -> ".join(names)


def number(value: float) -> str:
    """A number as people write it: no trailing zeros, at most three decimals."""
    return f"{round(value, 3):,.15g}".replace(",", "") if value < MOST else "more than 10^15"


def percent(value: float) -> str:
    """A percentage with as many decimals as an objective needs, rounded down so that it is no overstatement."""
    return f"{int(value * 10_000 + 1e-6) / 10_000:.10g}%"


def milliseconds(seconds: float) -> Duration:
    """The next whole millisecond, in seconds."""
    return Duration(ceil(seconds * 1000 - 1e-6) / 1000)
