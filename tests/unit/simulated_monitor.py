"""A system of services that break and recover at planted times, looked at by checks of different pace: the decisions of
the monitor's core over it, without a socket or a second of waiting."""

import heapq
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st

from oneway.monitor.core.causes import Blame, Condition, Part, blame
from oneway.monitor.core.incidents import Incident, Manners, Message, Trouble, advance
from oneway.monitor.core.look import Health, Look, Standing, observe
from oneway.monitor.core.schedule import Pace, first_due, next_due

Span = tuple[float, float]


@st.composite
def systems(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Services that call only those before them."""
    count = draw(st.integers(1, 9))
    names = [f"s{number}" for number in range(count)]
    return {
        name: tuple(sorted(draw(st.sets(st.sampled_from(names[:at]), max_size=3)))) if at else ()
        for at, name in enumerate(names)
    }


@dataclass
class Simulation:
    """`required` and `optional` are direct calls; `down` says when each service is broken by itself; in a gap nobody
    looks, as while the monitor is killed or the machine sleeps."""

    required: Mapping[str, tuple[str, ...]]
    down: Mapping[str, tuple[Span, ...]]
    seed: int = 0
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gaps: tuple[Span, ...] = ()
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.names = sorted(self.required)
        self.closure = {name: self._reach(name) for name in self.names}
        self.order = sorted(self.names, key=lambda name: (len(self.closure[name]), name))
        self.paces = {name: self._pace() for name in self.names}
        self.standings = {name: Standing(name, "works") for name in self.names}
        self.blames: dict[str, Blame] = {}
        self.incidents: Mapping[str, Incident] = {}
        self.attended = 0.0

    def run(self, until: float) -> list[Message]:
        """Look after look, each decision as the monitor takes it, until that time."""
        looks = [self._look(name, first_due((name, "works"), self.paces[name].every, 0.0)) for name in self.names]
        ending = [(look.ended, look.service, look) for look in looks]
        heapq.heapify(ending)
        while ending and ending[0][0] < until:
            ended, name, look = heapq.heappop(ending)
            pace = self.paces[name]
            gap = next(((start, end) for start, end in self.gaps if look.began < end and ended > start), None)
            if gap is not None:
                self.attended = max(self.attended, gap[1])
                again = self._look(name, first_due(look.key, pace.every, gap[1]))
                heapq.heappush(ending, (again.ended, name, again))
                continue
            self.standings[name], _ = observe(self.standings[name], look, pace)
            self._decide(ended)
            following = self._look(name, next_due(look.key, pace.every, look.began, ended))
            heapq.heappush(ending, (following.ended, name, following))
        return self.messages

    def _look(self, name: str, began: float) -> Look:
        """A failing call may happen at any moment of the look."""
        ended = began + self.random.uniform(0.001, self.paces[name].within)
        health = Health.BAD if self._is_down(name, self.random.uniform(began, ended)) else Health.GOOD
        return Look(name, "works", began, ended, health)

    def _decide(self, now: float) -> None:
        conditions = {name: self._condition(name) for name in self.names}
        self.blames = blame(self.order, self.closure, conditions, self.blames, now, self.attended)
        troubles = {
            name: Trouble(name, "fails", conditions[name].since)
            for name, each in self.blames.items()
            if each.part is Part.OWN
        }
        step = advance(self.incidents, troubles, now, Manners(remind=1e9, escalate=1e9))
        self.incidents = step.open
        self.messages += step.messages

    def _condition(self, name: str) -> Condition:
        standing, pace = self.standings[name], self.paces[name]
        return Condition(
            name,
            failing=standing.health is Health.BAD,
            leaning=standing.leaning is Health.BAD,
            since=standing.turned,
            good_since=standing.last_good,
            window=pace.window,
        )

    def _is_down(self, name: str, moment: float) -> bool:
        return any(
            start <= moment < end for each in (name, *self.closure[name]) for start, end in self.down.get(each, ())
        )

    def _reach(self, name: str) -> tuple[str, ...]:
        found: list[str] = []
        waiting = list(self.required[name])
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.append(each)
                waiting += self.required[each]
        return tuple(sorted(found))

    def _pace(self) -> Pace:
        every = self.random.choice([5.0, 10.0, 30.0])
        within = self.random.uniform(0.1, every)
        return Pace(every, within, self.random.randint(1, 3), self.random.randint(1, 3))
