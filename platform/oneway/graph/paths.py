"""The paths by which one service reaches another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .callgraph import CallGraph, Edge
from .reach import reach

Path = tuple[Edge, ...]

MOST_STEPS: Final = 200_000


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
    closure = reach({name: [edge.target for edge in edges] for name, edges in graph.calls.items()})
    leading = {name for name in graph.calls if closure.reaches(name, target)}
    found: list[Path] = []
    complete = True
    for steps, path in enumerate(_walk(graph, leading, source, target)):
        if path is not None:
            found.append(path)
        if steps >= MOST_STEPS:
            complete = False
            break
    return Paths(tuple(sorted(found, key=_order)), complete)


def _order(path: Path) -> tuple[bool, float, int, tuple[str, ...]]:
    return not required(path), -amplification(path), -len(path), tuple(edge.target for edge in path)


def _walk(graph: CallGraph, leading: set[str], source: str, target: str) -> Iterator[Path | None]:
    """Depth first: a path where it arrives, None for every other call looked at."""
    path: list[Edge] = []
    seen = {source}
    work = [iter(graph.calls[source] if source in leading else ())]
    while work:
        edge = next(work[-1], None)
        if edge is None:
            work.pop()
            if path:
                seen.discard(path.pop().target)
            continue
        if edge.target == target and edge.source != edge.target:
            yield (*path, edge)
        elif edge.target in leading and edge.target not in seen:
            path.append(edge)
            seen.add(edge.target)
            work.append(iter(graph.calls[edge.target]))
            yield None
