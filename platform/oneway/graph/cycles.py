"""Rings of calls, each as short as it can be."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .callgraph import CallGraph, Edge
from .order import strongly_connected

Ring = tuple[Edge, ...]

MOST_RINGS: Final = 100
_MOST_LOOKS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Circle:
    """A group of services that all reach each other, and the rings in it; `complete` when none was left out."""

    services: tuple[str, ...]
    rings: tuple[Ring, ...]
    complete: bool


def circles(graph: CallGraph, groups: Iterable[tuple[str, ...]] | None = None) -> list[Circle]:
    """Every group that calls in circles, sorted. `groups` are the strongly connected ones, where they are known.

    Its rings are a shortest one through each of its calls, each ring once, sorted by length and names. A group with
    very many calls shows the first MOST_RINGS of them. A ring starts at its alphabetically first service. Calls of
    a service to itself are not rings.
    """
    if groups is None:
        groups = strongly_connected({name: [edge.target for edge in edges] for name, edges in graph.calls.items()})
    return [_circle(graph, group) for group in sorted(groups) if len(group) > 1]


def rings(graph: CallGraph) -> list[Ring]:
    """The rings of all circles, sorted by length and names."""
    return sorted((ring for circle in circles(graph) for ring in circle.rings), key=_order)


def _circle(graph: CallGraph, group: tuple[str, ...]) -> Circle:
    found: dict[tuple[str, ...], Ring] = {}
    within = {
        name: [edge for edge in graph.calls[name] if edge.target != name and edge.target in members]
        for members in (frozenset(group),)
        for name in group
    }
    looks = 0
    for edge in (edge for edges in within.values() for edge in edges):
        if len(found) >= MOST_RINGS or looks > _MOST_LOOKS:
            return Circle(group, tuple(sorted(found.values(), key=_order)), False)
        way, looked = _way(within, edge.target, edge.source)
        looks += looked
        ring = _rotate((edge, *way))
        found.setdefault(tuple(each.source for each in ring), ring)
    return Circle(group, tuple(sorted(found.values(), key=_order)), True)


def _way(within: dict[str, list[Edge]], start: str, goal: str) -> tuple[Ring, int]:
    """A shortest way from start to goal, and how many calls were looked at."""
    reached: dict[str, Edge | None] = {start: None}
    queue = deque([start])
    looked = 0
    while goal not in reached:
        edges = within[queue.popleft()]
        looked += len(edges)
        for edge in edges:
            if edge.target not in reached:
                reached[edge.target] = edge
                queue.append(edge.target)
    return tuple(reversed(tuple(_back(reached, goal)))), looked


def _back(reached: dict[str, Edge | None], goal: str) -> Iterator[Edge]:
    edge = reached[goal]
    while edge is not None:
        yield edge
        edge = reached[edge.source]


def _rotate(ring: Ring) -> Ring:
    first = min(range(len(ring)), key=lambda at: ring[at].source)
    return ring[first:] + ring[:first]


def _order(ring: Ring) -> tuple[int, tuple[str, ...]]:
    return len(ring), tuple(edge.source for edge in ring)
