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
    """Everything that is known. `skew` is what the wall's clock shows more than the one that looks are timed by."""

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
    skew: float = 0.0
    _grouped: tuple[Mapping[Key, Check], dict[str, list[Key]]] | None = None

    def keys(self, service: str) -> list[Key]:
        """The checks of a service, in the order of its manifest."""
        if self._grouped is None or self._grouped[0] is not self.checks:
            grouped: dict[str, list[Key]] = {}
            for key in self.checks:
                grouped.setdefault(key[0], []).append(key)
            self._grouped = (self.checks, grouped)
        return list(self._grouped[1].get(service, ()))

    def presence(self, service: str) -> Presence | None:
        """What the records say of it."""
        return self.survey.services.get(service)

    def conditions(self) -> dict[str, Condition]:
        """What the looks say of every service, for whoever looks for causes."""
        grouped: dict[str, list[Standing]] = {name: [] for name in self.survey.services}
        for key in self.checks:
            if key in self.standings:
                grouped.setdefault(key[0], []).append(self.standings[key])
        return {name: self._condition(name, found) for name, found in grouped.items()}

    def _condition(self, name: str, standings: list[Standing]) -> Condition:
        presence = self.survey.services.get(name)
        failing = [each for each in standings if each.health is Health.BAD]
        leaning = [each for each in standings if each.leaning is Health.BAD]
        turned = [each.turned for each in leaning] or [each.since for each in failing]
        windows = [
            self.paces[(each.service, each.check)].window
            for each in standings
            if (each.service, each.check) in self.paces
        ]
        seen = [each for each in standings if each.last is not None]
        return Condition(
            name,
            failing=bool(failing),
            leaning=bool(leaning),
            down=presence is not None and presence.stopped,
            since=min(turned, default=0.0),
            good_since=min((each.last_good for each in standings), default=float("-inf")),
            blamed=frozenset(each.last.callee for each in leaning if each.last is not None and each.last.callee),
            slow=any(
                each.slow >= self.paces[(each.service, each.check)].fail_after
                for each in seen
                if (each.service, each.check) in self.paces
            ),
            known=bool(seen),
            window=max(windows, default=60.0),
        )
