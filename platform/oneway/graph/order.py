"""Groups that call in circles, and the order of calls. Iterative, so that depth is bounded by memory only."""

from collections.abc import Iterable, Mapping

from ..errors import OnewayError
from .callgraph import CallGraph


def strongly_connected(successors: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Tarjan's groups, callees first, each sorted. A group of one is in no circle, or calls itself."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    pending: list[str] = []
    waiting: set[str] = set()
    groups: list[tuple[str, ...]] = []
    for root in successors:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        pending.append(root)
        waiting.add(root)
        work = [(root, iter(successors[root]))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    pending.append(target)
                    waiting.add(target)
                    work.append((target, iter(successors[target])))
                    break
                if target in waiting and index[target] < low[node]:
                    low[node] = index[target]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == index[node]:
                    cut = pending.index(node) if len(pending) < 32 else _last(pending, node)
                    group = pending[cut:]
                    del pending[cut:]
                    waiting.difference_update(group)
                    groups.append(tuple(sorted(group)))
    return groups


def _last(items: list[str], item: str) -> int:
    at = len(items) - 1
    while items[at] != item:
        at -= 1
    return at


def call_order(graph: CallGraph) -> list[tuple[str, ...]]:
    """Waves of services: everything that a wave calls is in the waves before it. OnewayError on a cycle."""
    height: dict[str, int] = {}
    for group in strongly_connected({name: [edge.target for edge in edges] for name, edges in graph.calls.items()}):
        if len(group) > 1:
            raise OnewayError(f"{', '.join(group)} call each other in a circle", "see `platform check`")
        (name,) = group
        height[name] = 1 + max((height[edge.target] for edge in graph.calls[name] if edge.target != name), default=-1)
    waves: list[list[str]] = [[] for _ in range(1 + max(height.values(), default=-1))]
    for name in sorted(height):
        waves[height[name]].append(name)
    return [tuple(wave) for wave in waves]
