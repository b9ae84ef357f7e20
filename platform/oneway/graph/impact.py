"""Who notices when a service is down."""

from collections.abc import Iterable
from dataclasses import dataclass

from .callgraph import CallGraph, Edge


@dataclass(frozen=True, slots=True)
class Hit:
    """A service that notices, and the first call of a shortest way by which it does."""

    service: str
    by: Edge


@dataclass(frozen=True, slots=True)
class Impact:
    """Those that cannot answer, and those that answer with less; each nearest first, then by name."""

    broken: tuple[Hit, ...]
    degraded: tuple[Hit, ...]


def impact(graph: CallGraph, name: str) -> Impact:
    """What happens to the others when one service does not answer.

    Broken is who reaches it through required calls only. Degraded is everybody else who reaches it: somewhere on the
    way a call is not required, and what depends on that answer gets less.
    """
    broken = _callers(graph, [name], required_only=True)
    degraded = _callers(graph, [name, *(hit.service for hit in broken)], required_only=False)
    return Impact(broken, degraded)


def _callers(graph: CallGraph, starts: Iterable[str], required_only: bool) -> tuple[Hit, ...]:
    """Everybody who reaches one of the starts, the starts left out."""
    import networkx

    followed = [edge for edge in graph.edges if edge.call.required or not required_only]
    callers = networkx.DiGraph((edge.target, edge.source) for edge in followed)
    callers.add_nodes_from(starts)
    layers = networkx.bfs_layers(callers, starts)
    nearer = set(next(layers))
    hits: list[Hit] = []
    for layer in layers:
        for name in sorted(layer):
            calls = (edge for edge in graph.calls[name] if edge.call.required or not required_only)
            hits.append(Hit(name, next(edge for edge in calls if edge.target in nearer)))
        nearer = set(layer)
    return tuple(hits)
