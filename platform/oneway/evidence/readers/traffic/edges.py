"""Edges as they add up: nothing is kept of a request but its part in the numbers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from ....errors import Location
from ...mentions import HASHED, Entered, Kind, Mention, Searched, Traffic
from ...observed import ObservedService, service_name
from ...sources import Fact

_STEPS_PER_E: Final = 50


@dataclass(slots=True)
class Sum:
    """One edge so far. Latencies are counted in steps of two percent."""

    count: int = 0
    errors: int = 0
    first: float = math.inf
    last: float = -math.inf
    latencies: dict[int, int] = field(default_factory=dict)

    def add(self, count: int = 1, errors: int = 0, at: float | None = None, seconds: float | None = None) -> None:
        """Requests more; `at` in seconds since 1970."""
        self.count += count
        self.errors += errors
        if at:
            self.first, self.last = min(self.first, at), max(self.last, at)
        if seconds is not None and seconds > 0:
            step = round(math.log(seconds) * _STEPS_PER_E)
            self.latencies[step] = self.latencies.get(step, 0) + count

    def traffic(self) -> Traffic:
        """What there is to say of it."""
        return Traffic(
            self.count, self.errors, _time(self.first), _time(self.last), self._quantile(0.5), self._quantile(0.99)
        )

    def _quantile(self, share: float) -> float | None:
        total, passed = sum(self.latencies.values()), 0
        for step in sorted(self.latencies):
            passed += self.latencies[step]
            if passed >= share * total:
                return float(f"{math.exp(step / _STEPS_PER_E):.2g}")
        return None


class Edges:
    """Sums by caller and callee, and every service that was seen. What came before `since` does not count."""

    def __init__(self, since: float | None = None) -> None:
        self.sums: dict[tuple[str, str], Sum] = {}
        self.services: set[str] = set()
        self.entries: dict[str, Sum] = {}
        self.since = since

    def add(
        self,
        pair: tuple[str, str],
        count: int = 1,
        errors: int = 0,
        at: float | None = None,
        seconds: float | None = None,
    ) -> None:
        """Requests more of a caller to a callee; `at` in seconds since 1970."""
        if not self.is_old(at):
            self.sums.setdefault(pair, Sum()).add(count, errors, at, seconds)

    def enter(self, service: str, count: int = 1, errors: int = 0, at: float | None = None) -> None:
        """Requests more that came to a service from outside."""
        if not self.is_old(at):
            self.entries.setdefault(service, Sum()).add(count, errors, at)

    def is_old(self, at: float | None) -> bool:
        """Whether something came before the time from which on it counts."""
        return bool(self.since and at and at < self.since)

    def facts(self, kind: Kind, file: str) -> Iterator[Fact]:
        """A mention for each edge."""
        named = self.services | {each for pair in self.sums for each in pair}
        for name in sorted(each for each in named if not each.startswith(HASHED)):
            yield ObservedService(service_name(name), file, inferred=name)
            yield Searched(kind, file, name)
        for name, total in sorted(self.entries.items()):
            yield Entered(name, total.traffic())
        for (source, target), total in sorted(self.sums.items()):
            if source != target:
                said = f"{total.count} requests"
                yield Mention(kind, source, Location(file), said, target, traffic=total.traffic())


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if 0 < at < 4e9 else ""
