"""The paths by which one service reaches another."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from .callgraph import CallGraph, Edge

Path = tuple[Edge, ...]

MOST_STEPS: Final = 200_000
_END: Final = ""
"""Stands for the target, so that a way from a service to itself is a path like any other."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths, worst first; `complete` when there are no others."""

    paths: tuple[Path, ...]
    complete: bool


def amplification(path: Path) -> float:
    """How many requests one at the start becomes at the end, in the worst case."""
    product = 1.0
    for edge in path:
        product = min(1e15, product * (1 + edge.call.retries) * edge.call.per_request)
    return product


def required(path: Path) -> bool:
    """Whether the start cannot answer when the end does not."""
    return all(edge.call.required for edge in path)


def paths(graph: CallGraph, source: str, target: str) -> Paths:
    """Every path without repetition from source to target, worst first.

    Worse is: required throughout before degraded, then more amplification, then more calls, then by name. The search
    goes only through services that reach the target, and gives up after MOST_STEPS calls.
    """
    import networkx

    network = _network(graph, target)
    leading = networkx.ancestors(network, _END)
    if source not in leading:
        return Paths((), True)
    steps = _Steps()
    looked_at = networkx.subgraph_view(network, filter_node={*leading, _END}.__contains__, filter_edge=steps.take)
    found: list[Path] = []
    complete = False
    with suppress(_TooMany):
        every_path = networkx.all_simple_edge_paths(looked_at, source, _END)
        found.extend(tuple(network.edges[step]["call"] for step in path) for path in every_path)
        complete = True
    return Paths(tuple(sorted(found, key=_order)), complete)


class _TooMany(Exception):
    """The search went on for too long."""


class _Steps:
    """Ends a search of networkx from inside, which may take very long between one path and the next.

    A view of a graph asks about each call whenever the search looks at it.
    """

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def take(self, *_: object) -> bool:
        self._left -= 1
        if self._left < 0:
            raise _TooMany
        return True


def _network(graph: CallGraph, target: str) -> Any:
    import networkx

    network = networkx.MultiDiGraph()
    network.add_node(_END)
    for edge in graph.edges:
        if edge.source != edge.target:
            end = _END if edge.target == target else edge.target
            network.add_edge(edge.source, end, edge.index, call=edge)
    return network


def _order(path: Path) -> tuple[bool, float, int, tuple[str, ...]]:
    return not required(path), -amplification(path), -len(path), tuple(edge.target for edge in path)
