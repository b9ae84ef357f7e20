"""How long requests have been without an answer, told from how many were under way at each look.

Caddy counts the requests under way to each address, and logs one when it is over: neither says how old those are that
hang. But of so many that were under way at a look, at most as many can have ended since as have ended at all; the rest
is as old as that look at least.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ...base import Served

_REMEMBERED_SECONDS: Final = 15.0
_BETWEEN_LOOKS: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Look:
    """When it was, how many requests each release had under way, and how many of each had ended by then."""

    moment: float
    under_way: Mapping[int, int]
    ended: Mapping[int, int]


@dataclass(slots=True)
class UnderWay:
    """The looks of the last seconds at the requests under way to each release of a service."""

    _looks: deque[_Look] = field(default_factory=deque)

    def look(self, now: float, count: Callable[[], Mapping[int, int]], ended: Mapping[int, int]) -> None:
        """Count, unless that was done a moment ago. `ended` is what the log told before."""
        if self._looks and now - self._looks[-1].moment < _BETWEEN_LOOKS:
            return
        while self._looks and now - self._looks[0].moment > _REMEMBERED_SECONDS:
            self._looks.popleft()
        self._looks.append(_Look(now, count(), ended))

    def waiting(self, ended: Mapping[int, int]) -> list[Served]:
        """One for each request under way, with the least that it can have waited. `ended` is what the log tells now;
        what ended between the last two looks may not be in it yet."""
        if len(self._looks) < 2:
            return []
        *earlier, newest = self._looks
        found: list[Served] = []
        known: Counter[int] = Counter()
        for look in earlier:
            for release, count in look.under_way.items():
                left = count - (ended.get(release, 0) - look.ended.get(release, 0))
                old = max(0, min(left, newest.under_way.get(release, 0)) - known[release])
                found += [_waiting(release, earlier[-1].moment - look.moment)] * old
                known[release] += old
        for release, count in newest.under_way.items():
            found += [_waiting(release, 0.0)] * (count - known[release])
        return found


def _waiting(release: int, seconds: float) -> Served:
    return Served(release, 0, seconds, waiting=True)
