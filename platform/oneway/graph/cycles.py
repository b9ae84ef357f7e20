"""Rings of calls, each as short as it can be."""

from collections import deque

from .callgraph import CallGraph, Edge
from .order import strongly_connected


def rings(graph: CallGraph) -> list[tuple[Edge, ...]]:
    """For every call inside a group that calls in circles, a shortest ring through it; each ring once, sorted.

    A ring starts at its alphabetically first service. Calls of a service to itself are not rings.
    """
    found: dict[tuple[str, ...], tuple[Edge, ...]] = {}
    groups = strongly_connected({name: [edge.target for edge in edges] for name, edges in graph.calls.items()})
    for group in (frozenset(each) for each in groups if len(each) > 1):
        for name in sorted(group):
            for edge in graph.calls[name]:
                if edge.target in group and edge.target != name:
                    ring = _rotate((edge, *_way(graph, group, edge.target, name)))
                    found.setdefault(tuple(each.source for each in ring), ring)
    return [found[key] for key in sorted(found, key=lambda key: (len(key), key))]


def _way(graph: CallGraph, group: frozenset[str], start: str, goal: str) -> tuple[Edge, ...]:
    """A shortest way from start to goal inside the group."""
    reached: dict[str, Edge | None] = {start: None}
    queue = deque([start])
    while goal not in reached:
        for edge in graph.calls[queue.popleft()]:
            if edge.target in group and edge.target not in reached:
                reached[edge.target] = edge
                queue.append(edge.target)
    way: list[Edge] = []
    at = reached[goal]
    while at is not None:
        way.append(at)
        at = reached[at.source]
    return tuple(reversed(way))


def _rotate(ring: tuple[Edge, ...]) -> tuple[Edge, ...]:
    first = min(range(len(ring)), key=lambda at: ring[at].source)
    return ring[first:] + ring[:first]
