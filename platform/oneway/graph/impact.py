"""Who notices when a service is down."""

from collections import deque
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
    broken = _callers(graph, {name}, name, required_only=True)
    degraded = _callers(graph, {name, *(hit.service for hit in broken)}, name, required_only=False)
    return Impact(broken, degraded)


def _callers(graph: CallGraph, starts: set[str], name: str, required_only: bool) -> tuple[Hit, ...]:
    """Everybody who reaches one of the starts, breadth first, the starts left out."""
    seen = set(starts)
    hits: list[Hit] = []
    queue = deque(sorted(starts, key=lambda each: (each != name, each)))
    while queue:
        for edge in graph.callers[queue.popleft()]:
            if edge.source not in seen and (edge.call.required or not required_only):
                seen.add(edge.source)
                hits.append(Hit(edge.source, edge))
                queue.append(edge.source)
    return tuple(hits)
