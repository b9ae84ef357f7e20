"""Error budgets: how much of what the objective allows is used, and whether it burns too fast.

The windows and factors are those of the SRE workbook, chapter "Alerting on SLOs": a long window says that it matters,
a short one that it still goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

HOUR: Final = 3600.0
PERIOD: Final = 30 * 24 * HOUR
_LEAST_LOOKS: Final = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """Looks in a stretch of time: all, the bad ones, and those of the bad ones that were callees' fault."""

    looks: int = 0
    bad: int = 0
    callees: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.looks + other.looks, self.bad + other.bad, self.callees + other.callees)

    @property
    def own(self) -> "Tally":
        """The same, without what callees caused."""
        return Tally(self.looks, self.bad - self.callees, 0)


@dataclass(frozen=True, slots=True)
class Speed:
    """One pair of windows with the factor of burning over which somebody is told."""

    long: float
    short: float
    factor: float
    urgent: bool


SPEEDS: Final = (
    Speed(HOUR, HOUR / 12, 14.4, urgent=True),
    Speed(6 * HOUR, HOUR / 2, 6.0, urgent=True),
    Speed(72 * HOUR, 6 * HOUR, 1.0, urgent=False),
)


@dataclass(frozen=True, slots=True)
class Budget:
    """One objective in percent over thirty days: what share of the allowed failures is left (negative: overdrawn), what
    was measured, and the fastest pair of windows that burns too fast."""

    objective: float
    measured: float | None
    left: float | None
    burning: Speed | None
    rate: float


def budget(objective: float, tally: Callable[[float], Tally]) -> Budget:
    """The budget of an objective; `tally` counts the looks of the last so many seconds."""
    whole = tally(PERIOD)
    allowed = 1 - objective / 100
    if not whole.looks:
        return Budget(objective, None, None, None, 0.0)
    share = whole.bad / whole.looks
    left = 1 - share / allowed if allowed > 0 else float(not whole.bad)
    burning = next((each for each in SPEEDS if _burns(each, allowed, tally)), None)
    return Budget(objective, 100 * (1 - share), left, burning, burn_rate(tally(HOUR), allowed))


def burn_rate(tally: Tally, allowed: float) -> float:
    """How many times as fast as allowed it burns."""
    if not tally.bad:
        return 0.0
    return tally.bad / tally.looks / allowed if allowed > 0 else float("inf")


def _burns(speed: Speed, allowed: float, tally: Callable[[float], Tally]) -> bool:
    """In both windows; a handful of looks says nothing yet."""
    long = tally(speed.long)
    return (
        long.looks >= _LEAST_LOOKS
        and burn_rate(long, allowed) > speed.factor
        and burn_rate(tally(speed.short), allowed) > speed.factor
    )
