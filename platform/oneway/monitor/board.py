"""What is known at this moment of everything that is watched; the loop writes it, page, API and metrics read it."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..graph import CallGraph, build
from ..model import Check, Service, System
from ..probe import CheckResult
from .core.budget import Budget
from .core.causes import Blame, Condition, Need
from .core.incidents import Incident
from .core.look import Health, Key, Standing
from .core.schedule import Pace
from .live_survey import Presence, Survey
from .watch_memory import Silence


@dataclass(frozen=True, slots=True)
class Calls:
    """Who needs whom, as the live releases declare it."""

    order: tuple[str, ...] = ()
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def degraded(self, service: str) -> tuple[str, ...]:
        """Those that go on with less when the service is down, and are not blocked."""
        callers = [
            name for name, needs in self.needs.items() if any(e.callee == service and not e.required for e in needs)
        ]
        return tuple(sorted(set(callers) - set(self.blocked.get(service, ()))))


def calls_of(system: System, specs: Mapping[str, Service]) -> Calls:
    """The calls between the services of these manifests."""
    graph = build(System(system.platform, dict(sorted(specs.items())), dict.fromkeys(specs, ""), ""))
    needs = {
        name: tuple(Need(each.target, each.call.required) for each in edges) for name, edges in graph.calls.items()
    }
    blocked = {name: _callers(graph, name) for name in specs}
    required = {name: tuple(sorted(each for each, callers in blocked.items() if name in callers)) for name in specs}
    return Calls(graph.order, needs, required, blocked)


def _callers(graph: CallGraph, name: str) -> tuple[str, ...]:
    """Those that cannot answer without it, however far away."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for edge in graph.callers.get(waiting.pop(), ()):
            if edge.call.required and edge.source not in found and edge.source != name:
                found.add(edge.source)
                waiting.append(edge.source)
    return tuple(sorted(found))


@dataclass(slots=True)
class Board:
    """Everything that is known. `skew` is what the wall's clock shows more than the one that looks are timed by;
    since `attended` there was no gap in looking. `shape` counts how often what a picture shows became another."""

    system: System
    survey: Survey = field(default_factory=Survey)
    calls: Calls = field(default_factory=Calls)
    checks: dict[Key, Check] = field(default_factory=dict)
    paces: dict[Key, Pace] = field(default_factory=dict)
    due: dict[Key, float] = field(default_factory=dict)
    standings: dict[Key, Standing] = field(default_factory=dict)
    results: dict[Key, CheckResult] = field(default_factory=dict)
    blames: dict[str, Blame] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    silences: list[Silence] = field(default_factory=list)
    maintenance: dict[str, str] = field(default_factory=dict)
    budgets: dict[str, dict[str, Budget]] = field(default_factory=dict)
    lateness: deque[float] = field(default_factory=lambda: deque(maxlen=2000))
    faults: dict[str, str] = field(default_factory=dict)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    took: dict[Key, float] = field(default_factory=dict)
    looks: int = 0
    started: float = 0.0
    attended: float = 0.0
    surveyed: bool = False
    shape: int = 0
    skew: float = 0.0
    _keys: dict[str, list[Key]] = field(default_factory=dict)
    _keys_of: Mapping[Key, Check] | None = None
    _conditions: dict[str, Condition] = field(default_factory=dict)

    def keys(self, service: str) -> list[Key]:
        """The checks of a service, in the order of its manifest."""
        if self._keys_of is not self.checks:
            self._keys, self._keys_of = {}, self.checks
            for key in self.checks:
                self._keys.setdefault(key[0], []).append(key)
        return self._keys.get(service, [])

    def tell_of(self, what: str, fault: str) -> None:
        """What the monitor itself suffers from at this moment; nothing where it is empty."""
        if fault:
            self.faults[what] = fault
        else:
            self.faults.pop(what, None)

    def note(self, standing: Standing) -> None:
        """Where a check stands now."""
        self.standings[(standing.service, standing.check)] = standing
        self._conditions.pop(standing.service, None)

    def renew(self) -> None:
        """Services, checks or their pace have changed."""
        self._conditions.clear()

    def presence(self, service: str) -> Presence | None:
        """What the records say of it."""
        return self.survey.services.get(service)

    def was_seen_bad(self, service: str) -> bool:
        """Whether a look since the monitor began, or came back from a gap, found the service failing."""
        found = [self.standings[key] for key in self.keys(service) if key in self.standings]
        return any(each.health is each.leaning is Health.BAD and self._is_new(each) for each in found)

    def is_over(self, service: str) -> bool:
        """Whether what was told of the service has certainly ended: it was seen good since, or is gone."""
        presence = self.presence(service)
        if presence is None:
            return self.surveyed and not self.survey.fault
        if presence.release is None:
            return not presence.stopped
        found = [self.standings.get(key) for key in self.keys(service)]
        return all(e is not None and e.health is Health.GOOD and e.settled and self._is_new(e) for e in found)

    def _is_new(self, standing: Standing) -> bool:
        return standing.last is not None and standing.last.ended >= self.attended

    def conditions(self) -> Mapping[str, Condition]:
        """What the looks say of every service, for whoever looks for causes."""
        for name in self.survey.services:
            if name not in self._conditions:
                found = [self.standings[key] for key in self.keys(name) if key in self.standings]
                self._conditions[name] = self._condition(name, found)
        return self._conditions

    def _condition(self, name: str, standings: list[Standing]) -> Condition:
        presence, never = self.survey.services.get(name), float("-inf")
        failing = [each for each in standings if each.health is Health.BAD]
        leaning = [each for each in standings if each.leaning is Health.BAD]
        turned = [each.turned for each in leaning] or [each.since for each in failing]
        windows = [self.paces[key].window for key in self.keys(name) if key in self.paces]
        seen = [each for each in standings if each.last is not None]
        asked_all = len(seen) == len(self.keys(name))
        return Condition(
            name,
            failing=bool(failing),
            leaning=bool(leaning),
            down=presence is not None and presence.stopped,
            since=min(turned, default=0.0),
            good_since=min((each.last_good for each in standings), default=never) if asked_all else never,
            blamed=frozenset(each.last.callee for each in leaning if each.last is not None and each.last.callee),
            slow=any(
                each.slow >= self.paces[(each.service, each.check)].fail_after
                for each in seen
                if (each.service, each.check) in self.paces
            ),
            known=bool(self.keys(name)),
            window=max(windows, default=60.0),
        )
