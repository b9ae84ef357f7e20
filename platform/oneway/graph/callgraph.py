"""The declared call graph: services and the calls between them, and what follows from them, each worked out once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from msgspec import Struct

from ..errors import OnewayError, Place
from ..model import Call, System
from .cut import Cut, Pair, smallest_cut
from .order import Component, callees_first, components, waves
from .reach import Reach, reach

MOST_REQUESTS: Final = 1e15


class Edge(Struct, frozen=True, gc=False):
    """One declared call: who calls whom, the call, and its index in the caller's manifest."""

    source: str
    target: str
    call: Call
    index: int


@dataclass(frozen=True)
class CallGraph:
    """Services and the calls between services; channels and externals stand beside it in the system.

    `calls` holds, for every service in sorted order, its calls to declared services sorted by target and index.
    Calls to externals or unknown names are not edges.

    A ring costs its own finding and nothing else: whoever computes along chains of calls leaves out `cut`, the calls
    that have to go anyway, or follows `down`, which leaves out all calls inside a component.
    """

    system: System
    calls: Mapping[str, tuple[Edge, ...]]

    @cached_property
    def callers(self) -> Mapping[str, tuple[Edge, ...]]:
        """For every service, the calls that reach it, in sorted order of source."""
        reached: dict[str, list[Edge]] = {name: [] for name in self.calls}
        for edges in self.calls.values():
            for edge in edges:
                reached[edge.target].append(edge)
        return {name: tuple(edges) for name, edges in reached.items()}

    @property
    def edges(self) -> Iterable[Edge]:
        """Every call, sorted by source, target and index."""
        return (edge for edges in self.calls.values() for edge in edges)

    @cached_property
    def successors(self) -> Mapping[str, tuple[str, ...]]:
        """For every service those that it calls, sorted, each once, itself left out."""
        return {
            name: tuple(dict.fromkeys([edge.target for edge in edges if edge.target != name]))
            for name, edges in self.calls.items()
        }

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Services that all reach each other: the strongly connected components of more than one, sorted."""
        return components(self.successors) if self._straight is None else ()

    @cached_property
    def component_of(self) -> Mapping[str, int]:
        """The number of the component of every service that is in one."""
        return {name: number for number, names in enumerate(self.components) for name in names}

    @cached_property
    def cuts(self) -> Mapping[Component, Cut]:
        """For every component the fewest calls whose removal frees it."""
        return {component: smallest_cut(self._weights(component)) for component in self.components}

    @cached_property
    def cut(self) -> frozenset[Pair]:
        """Caller and callee of every call that has to go for all rings to be gone."""
        return frozenset(pair for cut in self.cuts.values() for pair in cut.pairs)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every service after those that it calls; the calls in `cut` do not count."""
        if self._straight is not None:
            return self._straight
        kept = {name: [each for each in to if (name, each) not in self.cut] for name, to in self.successors.items()}
        return callees_first(kept) or ()

    @cached_property
    def down(self) -> Mapping[str, tuple[Edge, ...]]:
        """For every service its calls, without those inside a component and those to itself."""
        number = self.component_of
        return {
            name: tuple(
                [
                    edge
                    for edge in edges
                    if edge.target != name and (name not in number or number[name] != number.get(edge.target))
                ]
            )
            for name, edges in self.calls.items()
        }

    @cached_property
    def required_callers(self) -> Reach:
        """For every service, those that cannot answer without it, however far away."""
        callers: dict[str, list[str]] = {name: [] for name in self.calls}
        for edge in self.edges:
            if edge.call.required and edge.source != edge.target:
                callers[edge.target].append(edge.source)
        return reach(callers, None if self.components else reversed(self.order))

    @cached_property
    def demand(self) -> Mapping[str, float]:
        """Requests per second that reach every service: its own load, and what its callers make of theirs.

        Calls inside a component are left out, and nothing counts as more than MOST_REQUESTS.
        """
        demand = {name: service.load.requests_per_second for name, service in self.system.services.items()}
        for name in reversed(self.order):
            for edge in self.down[name]:
                more = demand[name] * edge.call.per_request
                demand[edge.target] = min(MOST_REQUESTS, demand[edge.target] + more)
        return demand

    def waves(self) -> list[tuple[str, ...]]:
        """Services in waves, everything that one calls in the waves before it. OnewayError when there is a ring."""
        if self.components:
            raise OnewayError(f"{', '.join(self.components[0])} call each other in a ring", "see `platform check`")
        return waves(self.successors)

    def call(self, source: str, target: str) -> Edge:
        """The first call of one service to another that it calls."""
        return next(edge for edge in self.calls[source] if edge.target == target)

    def place(self, edge: Edge) -> Place:
        """Where the call is declared."""
        return Place(self.system.files[edge.source], ("calls", edge.index))

    @cached_property
    def _straight(self) -> tuple[str, ...] | None:
        """Callees before their callers; None when there is a ring."""
        return callees_first(self.successors)

    def _weights(self, component: Component) -> Mapping[Pair, int]:
        """How many calls each caller in a component makes to each callee in it."""
        members = frozenset(component)
        calls = (edge for name in component for edge in self.calls[name])
        inner = (edge for edge in calls if edge.target in members and edge.target != edge.source)
        return Counter((edge.source, edge.target) for edge in inner)


def build(system: System) -> CallGraph:
    """The call graph of a system."""
    services = system.services
    return CallGraph(
        system,
        {
            name: tuple(
                sorted(
                    (
                        Edge(name, call.to, call, index)
                        for index, call in enumerate(service.calls)
                        if call.to in services
                    ),
                    key=lambda edge: (edge.target, edge.index),
                )
            )
            for name, service in services.items()
        },
    )
