"""Rings of calls, each as short as it can be."""

from dataclasses import dataclass
from typing import Final

from .callgraph import CallGraph, Edge
from .order import Component, inside

Ring = tuple[Edge, ...]

MOST_RINGS: Final = 100
_MOST_LOOKS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of one component; `complete` when none was left out."""

    component: Component
    rings: tuple[Ring, ...]
    complete: bool


def rings(graph: CallGraph) -> list[Rings]:
    """The rings of every component, sorted.

    They are a shortest one through each call of the component, each once, sorted by length and names. A component with
    very many calls shows the first MOST_RINGS of them. A ring starts at its alphabetically first service. Calls of a
    service to itself are not rings.
    """
    return [_of(graph, component) for component in graph.components]


def _of(graph: CallGraph, component: Component) -> Rings:
    import networkx

    network = networkx.DiGraph(inside(graph.successors, component))
    searches = _MOST_LOOKS // network.size()
    found: set[Component] = set()
    complete = True
    for number, (source, target) in enumerate(network.edges):
        if number > searches or len(found) >= MOST_RINGS:
            complete = False
            break
        found.add(_rotate(networkx.shortest_path(network, target, source)))
    ordered = sorted(found, key=lambda names: (len(names), names))
    return Rings(component, tuple(_calls(graph, names) for names in ordered), complete)


def _rotate(names: list[str]) -> tuple[str, ...]:
    first = names.index(min(names))
    return (*names[first:], *names[:first])


def _calls(graph: CallGraph, names: tuple[str, ...]) -> Ring:
    return tuple(graph.call(*pair) for pair in zip(names, (*names[1:], names[0]), strict=True))
