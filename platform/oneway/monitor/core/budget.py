"""Error budgets: how much of what the objective allows is used, and whether it burns too fast.

The windows and factors are those of the SRE workbook, chapter "Alerting on SLOs": a long window says that it matters,
a short one that it still goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Final

HOUR: Final = 3600.0
PERIOD: Final = 30 * 24 * HOUR
_LEAST_LOOKS: Final = 10
_COVERED: Final = 0.9


@dataclass(frozen=True, slots=True)
class Tally:
    """Looks in a stretch of time: all, the bad ones, those of the bad ones that were callees' fault, and those that an
    incident of the service stands for. They were spread over `covered` seconds of it."""

    looks: int = 0
    bad: int = 0
    callees: int = 0
    told: int = 0
    covered: float = inf

    @property
    def own(self) -> "Tally":
        """The same, without what callees caused."""
        return replace(self, bad=self.bad - self.callees, callees=0)

    @property
    def untold(self) -> "Tally":
        """The same, without what is told of elsewhere: of callees, or by an incident."""
        return replace(self, bad=self.bad - self.callees - self.told, callees=0, told=0)


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
class Alarm:
    """A pair of windows in which what nobody was told of burns too fast, and how many times as fast as allowed."""

    speed: Speed
    rate: float


@dataclass(frozen=True, slots=True)
class Budget:
    """One objective in percent over thirty days: what share of the allowed failures is left (negative: overdrawn), what
    was measured, the fastest pair of windows that burns too fast, and the rate of the last hour. `alarm` is what is to
    be told, out of `untold`, the share of bad looks in each long window that no other message tells of."""

    objective: float
    measured: float | None
    left: float | None
    burning: Speed | None
    rate: float
    alarm: Alarm | None = None
    untold: tuple[float, ...] = ()

    def carries(self, caller: "Budget") -> bool:
        """Whether this budget, a callee's, burns enough to be what burns the caller's: it is told of itself, or will be
        when its own looks have shown as much."""
        if caller.alarm is None or not self.untold:
            return False
        at = SPEEDS.index(caller.alarm.speed)
        enough = caller.alarm.speed.factor / 2 * (1 - self.objective / 100)
        return self.untold[at] > enough and self.untold[at] >= caller.untold[at] / 2


def budget(objective: float, tally: Callable[[float], Tally]) -> Budget:
    """The budget of an objective; `tally` counts the looks of the last so many seconds."""
    whole = tally(PERIOD)
    allowed = 1 - objective / 100
    if not whole.looks:
        return Budget(objective, None, None, None, 0.0)
    share = whole.bad / whole.looks
    left = 1 - share / allowed if allowed > 0 else float(not whole.bad)
    burning = _too_fast(allowed, tally)
    untold = _too_fast(allowed, lambda window: tally(window).untold)
    alarm = Alarm(untold, burn_rate(tally(untold.long).untold, allowed)) if untold is not None else None
    shares = tuple(burn_rate(tally(each.long).untold, 1.0) for each in SPEEDS)
    return Budget(objective, 100 * (1 - share), left, burning, burn_rate(tally(HOUR), allowed), alarm, shares)


def burn_rate(tally: Tally, allowed: float) -> float:
    """How many times as fast as allowed it burns."""
    if not tally.bad:
        return 0.0
    return tally.bad / tally.looks / allowed if allowed > 0 else inf


def _too_fast(allowed: float, tally: Callable[[float], Tally]) -> Speed | None:
    return next((each for each in SPEEDS if _burns(each, allowed, tally)), None)


def _burns(speed: Speed, allowed: float, tally: Callable[[float], Tally]) -> bool:
    """In both windows. The long one has to be full: a share of an hour, or a handful of looks, says nothing of it."""
    long = tally(speed.long)
    return (
        long.looks >= _LEAST_LOOKS
        and long.covered >= _COVERED * speed.long
        and burn_rate(long, allowed) > speed.factor
        and burn_rate(tally(speed.short), allowed) > speed.factor
    )
