"""Leaves a callee alone for a while after it has failed again and again, and tries it with one request at a time."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Literal

from prometheus_client import Gauge

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class BreakerTerms:
    """Open after `failures` in a row, for `first` seconds, and after each probe that failed for twice as long as
    before, at most `longest`."""

    failures: int = 10
    first: float = 0.25
    longest: float = 4.0


class Breaker:
    """For one callee. `clock` tells seconds and never jumps."""

    def __init__(self, clock: Callable[[], float], terms: BreakerTerms) -> None:
        self._clock = clock
        self._terms = terms
        self._failures = 0
        self._opened = 0
        self._until = -math.inf
        self._probing = False

    @property
    def state(self) -> State:
        if not self._opened:
            return "closed"
        return "open" if self._clock() < self._until else "half-open"

    @contextmanager
    def admitted(self) -> Iterator[float]:
        """Yields the seconds that the callee is left alone for, or 0.0 where it may be asked now. Where it is half-open
        one request is let through, and the others wait for what becomes of it."""
        wait, probing = self._wait(), False
        if not wait and self._opened:
            self._probing = probing = True
        try:
            yield wait
        finally:
            if probing:
                self._probing = False

    def succeeded(self) -> None:
        self._failures = self._opened = 0

    def failed(self) -> None:
        """A failure of the callee's own: what a caller causes is none."""
        self._failures += 1
        if self._opened or self._failures >= self._terms.failures:
            pause = min(self._terms.longest, self._terms.first * 2.0 ** min(self._opened, 30))
            if self._clock() >= self._until:
                self._opened += 1
                self._until = self._clock() + pause

    def _wait(self) -> float:
        if not self._opened:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        return self._terms.first if self._probing else 0.0


def openness(breakers: Mapping[str, Breaker]) -> Gauge:
    """What metrics say of the breakers, by callee."""
    gauge = Gauge("call_breaker_open", "1 while a callee is left alone.", ("callee",), registry=None)
    for callee, breaker in breakers.items():
        gauge.labels(callee).set_function(partial(_openness, breaker))
    return gauge


def _openness(breaker: Breaker) -> float:
    return float(breaker.state != "closed")
