"""Time, and waiting for something: one clock and one loop for whoever waits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Time as a rollout sees it. Spans are measured with `monotonic`; `now` only stamps records."""

    def now(self) -> float: ...
    def monotonic(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class MachineClock:
    """This machine's time; a trial may make it go faster."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


MACHINE: Final = MachineClock()


def wait_while(
    look: Callable[[], T],
    seconds: float,
    every: float,
    clock: Clock = MACHINE,
    sleep: Callable[[float], None] | None = None,
) -> T:
    """What `look` says last: something false as soon as there is nothing to wait for any more, else what stood in the
    way when the time was over. `sleep` takes the clock's place where more than time ends the waiting."""
    until = clock.monotonic() + seconds
    while True:
        over = clock.monotonic() >= until
        found = look()
        if over or not found:
            return found
        (sleep or clock.sleep)(every)
