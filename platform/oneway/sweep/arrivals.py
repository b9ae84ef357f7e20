"""When requests are due, and which: an open loop, whose times are fixed before anybody has answered."""

from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from random import Random


def due_times(rate: float, seconds: float, lots: Random) -> Iterator[float]:
    """Seconds from the start at which `rate` requests a second are due: one in each slot of 1/rate, at a moment drawn
    by lot. So many come in any time, and none keeps step with whatever the service does regularly."""
    for slot in range(max(1, round(rate * seconds))):
        yield (slot + lots.random()) / rate


def take_turns(weights: Sequence[float]) -> Iterator[int]:
    """Positions for ever, each as often as its weight says and as evenly spread as can be; weight 0 never comes."""
    turns = [(0.5 / weight, at) for at, weight in enumerate(weights) if weight > 0]
    heapify(turns)
    while turns:
        when, at = turns[0]
        yield at
        heapreplace(turns, (when + 1 / weights[at], at))
