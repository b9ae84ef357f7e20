"""The declared call graph: services and the calls between them, as plain tables that are cheap at any size."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

from ..errors import Place
from ..model import Call, System


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

    def place(self, edge: Edge) -> Place:
        """Where the call is declared."""
        return Place(self.system.files[edge.source], ("calls", edge.index))


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
