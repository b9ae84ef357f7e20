"""Which rate to offer next, from what came of those before: up by doubling, in by halves, and again for the spread.

The search is a conversation: it yields a Step, is sent the Window that came of it, and returns what it Found. It knows
no clock; time is what the windows say that they took.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from math import sqrt
from statistics import median
from typing import Final

from ..model import Point
from .goal import Goal
from .holding import Holding, judge
from .limits import Limit, find_limit
from .window import Window

ROUNDS: Final = 3
_PARTS: Final = 36
"""Of so many parts of the time a window has two, and one on the way up; that is what a search takes about."""
_LONGEST: Final = 8
_REQUESTS: Final = 80
_FEWEST: Final = 8
"""Fewer requests show nothing, however short the time is."""
_ROUGH_REQUESTS: Final = 24
_FINE: Final = 1.05
_ROUNDING: Final = 0.005
_COARSE: Final = 1.13
"""An edge this wide when the time is over is still worth a number."""
FAR: Final = 0.3
"""Rounds that lie further apart than this share of their median are no number at all."""
_LOOK_BELOW: Final = _FINE / (1 - FAR)
_TRIES: Final = 3
_BELOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """So many requests a second for so long; rate 0 is one after the other, each when the one before is answered."""

    rate: float
    seconds: float
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` for all of it, and the rate that is never exceeded."""

    seconds: float
    goal: Goal
    most: float = float("inf")


@dataclass(frozen=True, slots=True)
class Found:
    """`rounds` has the highest rate that held, once for each round that the service itself ended; where the time was
    over before a later one was at its end, the nearest that it had come. `limit` says why there is no number where
    there is none, and `reason` what broke in words."""

    limit: Limit
    reason: str
    rounds: tuple[float, ...] = ()
    curve: tuple[Point, ...] = ()
    alone: float = 0.0

    @property
    def per_replica(self) -> float | None:
        """Requests a second at the goal; None where something else than the service was the limit, or it was not the
        same service, or not the same number, all the time."""
        return median(self.rounds) if self.rounds and self.limit is Limit.SERVICE else None

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, as a share of their median."""
        return (max(self.rounds) - min(self.rounds)) / median(self.rounds) if self.rounds else 0.0


Search = Generator[Step, Window, Found]


@dataclass(frozen=True, slots=True)
class Tried:
    """A window that was judged, and what was its limit where it broke."""

    window: Window
    holding: Holding
    limit: Limit


@dataclass(frozen=True, slots=True)
class Edge:
    """Between the highest rate that held and the lowest that broke."""

    low: float
    broke: Tried

    @property
    def width(self) -> float:
        return self.broke.window.rate / self.low


class _Ended(Exception):
    """The search is over before its end, and there is no number."""

    def __init__(self, limit: Limit, reason: str) -> None:
        self.limit, self.reason = limit, reason


def find_capacity(plan: Plan) -> Search:
    """Find the highest rate that holds the goal, several times over."""
    search = _Search(plan)
    try:
        return (yield from search.find_rounds())
    except _Ended as ended:
        return search.found(ended.limit, ended.reason)


@dataclass(slots=True)
class _Search:
    plan: Plan
    curve: list[Point] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    spent: float = 0.0
    alone: float = 0.0

    @property
    def over(self) -> bool:
        return self.spent >= self.plan.seconds

    def found(self, limit: Limit, reason: str) -> Found:
        curve = sorted(self.curve, key=lambda each: (each.offered, not each.held))
        return Found(limit, reason, tuple(self.rounds), tuple(curve), self.alone)

    def find_rounds(self) -> Search:
        """One edge after the other, each from where the one before was, until they are enough or the time is over."""
        alone = yield from self._ask_alone()
        if isinstance(alone, Found):
            return alone
        start, factor = min(_BELOW / alone, self.plan.most), 2.0
        for number in range(1, ROUNDS + 1):
            edge = yield from self.find_edge(start, factor, f"round {number} of {ROUNDS}")
            if isinstance(edge, Found):
                if self.rounds and edge.limit is Limit.TIME:
                    break
                return edge
            start, factor, last = edge.low, _FINE, edge.broke
            if last.limit is Limit.SERVICE:
                self.rounds.append(edge.low)
            if self.over or not self.rounds:
                break
        return self._conclude(last)

    def _ask_alone(self) -> Generator[Step, Window, "float | Found"]:
        """How long one request takes when nothing else is asked."""
        first = yield Step(0.0, 2 * self.plan.seconds / _PARTS, "warming up")
        self._require_same(first)
        self.spent, self.alone = first.took, first.quantile(50) or 0.0
        holding = judge(first, self.plan.goal)
        if holding.held and self.alone:
            return self.alone
        reason = f"even one request at a time: {holding.reason or 'nothing was answered'}"
        return self.found(find_limit(first, self.alone), reason)

    def _conclude(self, last: Tried) -> Found:
        if not self.rounds:
            return self.found(last.limit, last.holding.reason)
        if (max(self.rounds) - min(self.rounds)) / median(self.rounds) > FAR:
            rates = ", ".join(f"{each:.3g}/s" for each in self.rounds)
            return self.found(Limit.UNSTEADY, f"{rates}; {last.holding.reason}")
        return self.found(Limit.SERVICE, last.holding.reason)

    def _require_same(self, window: Window) -> None:
        if window.changed:
            raise _Ended(Limit.RESTARTED, window.changed)

    def find_edge(self, start: float, factor: float, what: str) -> Generator[Step, Window, "Edge | Found"]:
        """Up by the factor until a rate breaks, or down until one holds; then in, until the edge is fine."""
        tried = yield from self.offer(start, what, factor > _FINE)
        edge = yield from (self._go_up if tried.holding.held else self._go_down)(tried, factor, what)
        while isinstance(edge, Edge) and edge.width > _FINE + _ROUNDING:
            if self.over:
                return edge if edge.width < _COARSE else self.found(Limit.TIME, "the time was over")
            tried = yield from self.offer(edge.low * sqrt(edge.width), what)
            edge = Edge(tried.window.rate, edge.broke) if tried.holding.held else Edge(edge.low, tried)
        return edge

    def _go_up(self, tried: Tried, factor: float, what: str) -> Generator[Step, Window, "Edge | Found"]:
        while tried.holding.held:
            low = tried.window.rate
            if low >= self.plan.most:
                return self.found(Limit.CAP, f"{low:g} requests a second are all that may be sent")
            if self.over:
                self._tell_bound(low)
                return self.found(Limit.TIME, "the time was over before anything broke")
            tried = yield from self.offer(min(low * factor, self.plan.most), what, factor > _FINE)
            factor = min(factor**2, 2.0)
        return Edge(low, tried)

    def _go_down(self, tried: Tried, factor: float, what: str) -> Generator[Step, Window, "Edge | Found"]:
        while not tried.holding.held:
            broke = tried
            held_before = max(self.rounds, default=0.0) if broke.limit is Limit.SERVICE else 0.0
            if broke.window.rate < (1 - FAR) * held_before:
                told = f"{held_before:.3g}/s held, and later {broke.window.rate:.3g}/s did not"
                raise _Ended(Limit.UNSTEADY, f"{told}: {broke.holding.reason}")
            if held_before and broke.holding.plain:
                factor = _LOOK_BELOW
            elif self.over:
                return self._give_up(broke)
            tried = yield from self.offer(broke.window.rate / factor, what, factor > _FINE)
        return Edge(tried.window.rate, broke)

    def _give_up(self, broke: Tried) -> Found:
        """The time is over, and nothing has held yet in this round."""
        if broke.limit is not Limit.SERVICE:
            return self.found(broke.limit, broke.holding.reason)
        self._tell_bound(broke.window.rate)
        return self.found(Limit.TIME, broke.holding.reason)

    def _tell_bound(self, rate: float) -> None:
        """What a later round knows of its number when the time is over."""
        if self.rounds and rate != self.rounds[-1]:
            self.rounds.append(rate)

    def _seconds(self, rate: float, rough: bool) -> float:
        """How long a window of the rate lasts: long enough for some requests, too."""
        part, requests = (1, _ROUGH_REQUESTS) if rough else (2, _REQUESTS)
        wanted = min(max(part * self.plan.seconds / _PARTS, requests / rate), self.plan.seconds / _LONGEST)
        return max(wanted, _FEWEST / rate)

    def offer(self, rate: float, what: str, rough: bool = False) -> Generator[Step, Window, Tried]:
        """Offer a rate. What breaks narrowly is looked at twice, what something else than the service broke oftener."""
        for attempt in range(1, _TRIES + 1):
            window = yield Step(rate, self._seconds(rate, rough), what)
            self._require_same(window)
            self.spent += window.took
            holding = judge(window, self.plan.goal)
            limit = Limit.SERVICE if holding.held else find_limit(window, self.alone)
            self.curve.append(window.point(holding.held))
            settled = limit is Limit.SERVICE and (holding.plain or attempt > 1)
            if holding.held or settled or self.over:
                break
        return Tried(window, holding, limit)
