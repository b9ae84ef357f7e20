"""When each check is due: at its own interval, spread over it, never two looks close together."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import TypeVar
from zlib import crc32

from ...model import Check, CheckMonitoring, Monitoring, Service, ServiceMonitoring

_FIRST_SECONDS = 5.0
_FIRST_A_SECOND = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a check is run, how long each run may last, and how many looks in a row count."""

    every: float = 30.0
    within: float = 10.0
    fail_after: int = 2
    recover_after: int = 2

    @property
    def window(self) -> float:
        """The seconds after which what happened is known at the latest."""
        return self.every * max(self.fail_after, self.recover_after) + self.within


def pace_of(platform: Monitoring, service: Service, check: Check, deadline: float, fastest: float | None) -> Pace:
    """The check's own settings, else its service's, else the platform's. A run ends before the next is due.

    `deadline` is how long the check itself waits. `fastest` shortens the interval, for what was deployed just now.
    """
    levels: tuple[CheckMonitoring | ServiceMonitoring | Monitoring, ...]
    levels = (check.monitoring, service.monitoring, platform)
    every = float(_first(level.every for level in levels))
    within = next((level.within for level in levels if level.within is not None), None)
    return Pace(
        every=every if fastest is None else min(every, fastest),
        within=min(deadline, every, float("inf") if within is None else float(within)),
        fail_after=_first(level.fail_after for level in levels),
        recover_after=_first(level.recover_after for level in levels),
    )


def phase(key: tuple[str, str], every: float) -> float:
    """Where in each interval the check is due: the same for a check at every start, different between checks."""
    return every * crc32("\0".join(key).encode("utf-8", "replace")) / (1 << 32)


def first_due(key: tuple[str, str], every: float, now: float, among: int = 1) -> float:
    """When one of so many checks that were never run is due: soon, and not all at once."""
    return now + phase(key, min(every, max(_FIRST_SECONDS, among / _FIRST_A_SECOND)))


def next_due(key: tuple[str, str], every: float, last: float, now: float) -> float:
    """When a check whose last run was due at `last` is due next. What was missed is left out, and at least half an
    interval lies between two runs: two looks at one moment would count as two."""
    offset = phase(key, every)
    earliest = max(now, last + every / 2)
    return offset + every * ceil((earliest - offset) / every)


def _first(values: Iterable[T | None]) -> T:
    return next(value for value in values if value is not None)
