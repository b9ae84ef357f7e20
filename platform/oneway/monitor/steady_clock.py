"""The time that looks are timed by: it never jumps, whatever happens to the clock on the wall."""

import time
from dataclasses import dataclass, field
from typing import Protocol


def _since_boot() -> float:
    """Seconds that pass while the machine sleeps, too, where the system counts them."""
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(kind)


class Clock(Protocol):
    """`now` never jumps; `wall` is what people read."""

    def now(self) -> float: ...

    def wall(self) -> float: ...


@dataclass(slots=True)
class SteadyClock:
    """Seconds since the epoch as the wall showed them at the start, counted on by a clock that nobody sets."""

    anchor: float = field(default_factory=lambda: time.time() - _since_boot())

    def now(self) -> float:
        """For intervals and order."""
        return self.anchor + _since_boot()

    def wall(self) -> float:
        """To show, and for what people arrange by the wall."""
        return time.time()
