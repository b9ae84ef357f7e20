"""The smallest set of calls whose removal frees a component from its rings.

Hand-written, because the only library for it, igraph, is GPL. The minimum feedback arc set is NP-hard in general, and
small in practice. `smallest_cut` searches exactly: some call of any ring that is left has to go, so it branches over
the calls of a shortest ring, and deepens the allowed number of calls one by one. The search is bounded by a count of
looks at calls, not by time, so that the answer never depends on the machine. Beyond the bound the order of Eades, Lin
and Smyth (1993) decides: of m calls among n services it removes at most m/2 - n/6. Where the component is small enough
to try, each service is moved to its best place in that order until none has a better one (sifting: with the cheap calls
planted among 60 services, 210 calls to cut became 60), and calls that need not go after all are put back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import accumulate
from math import inf
from typing import Any, Final

from .search import shortest_ring_of_all

Pair = tuple[str, str]

SEARCH_LOOKS: Final = 4_000_000
_PUT_BACK_PAIRS: Final = 600
_SIFTED_NAMES: Final = 300
_MOST_PASSES: Final = 10


@dataclass(frozen=True, slots=True)
class Cut:
    """Pairs (caller, callee) whose calls have to go, sorted; `exact` when no smaller set of calls would do."""

    pairs: tuple[Pair, ...]
    exact: bool


def smallest_cut(weights: Mapping[Pair, int]) -> Cut:
    """The cheapest pairs to remove so that no ring is left. A pair weighs the number of its calls."""
    ordered = _by_order(weights)
    search = _Search(weights)
    for allowed in range(1, sum(weights[pair] for pair in ordered)):
        found = search.within(frozenset(), allowed)
        if found is not None:
            return Cut(tuple(sorted(found)), True)
        if search.exhausted:
            return Cut(ordered, False)
    return Cut(ordered, True)


class _Search:
    """Depth-first over the calls of a shortest ring, with a bound on how many rings it looks for."""

    def __init__(self, weights: Mapping[Pair, int]) -> None:
        self._weights = weights
        self._steps = SEARCH_LOOKS // (len(weights) * len({name for pair in weights for name in pair}))
        self._failed: dict[frozenset[Pair], int] = {}

    @property
    def exhausted(self) -> bool:
        return self._steps <= 0

    def within(self, removed: frozenset[Pair], allowed: int) -> frozenset[Pair] | None:
        """A set that frees the component with at most `allowed` more calls; None when there is none, or it gave up."""
        if self._failed.get(removed, -1) >= allowed or self.exhausted:
            return None
        self._steps -= 1
        ring = shortest_ring_of_all(_network(self._weights, removed))
        if not ring:
            return removed
        for pair in zip(ring, (*ring[1:], ring[0]), strict=True):
            if self._weights[pair] <= allowed:
                found = self.within(removed | {pair}, allowed - self._weights[pair])
                if found is not None:
                    return found
        self._failed[removed] = allowed
        return None


def _network(weights: Mapping[Pair, int], removed: frozenset[Pair] = frozenset()) -> Any:
    import networkx

    network = networkx.DiGraph()
    network.add_weighted_edges_from((*pair, weights[pair]) for pair in sorted(weights) if pair not in removed)
    return network


def _by_order(weights: Mapping[Pair, int]) -> tuple[Pair, ...]:
    """The pairs that go against an order of the names in which few do."""
    import networkx

    place = {name: at for at, name in enumerate(_sequence(weights))}
    backward = frozenset(pair for pair in weights if place[pair[0]] > place[pair[1]])
    if len(weights) > _PUT_BACK_PAIRS:
        return tuple(sorted(backward))
    kept = _network(weights, backward)
    for source, target in sorted(backward, key=lambda pair: (-weights[pair], pair)):
        if not networkx.has_path(kept, target, source):
            kept.add_edge(source, target)
    return tuple(sorted(pair for pair in backward if not kept.has_edge(*pair)))


def _sequence(weights: Mapping[Pair, int]) -> list[str]:
    """Sources first, sinks last, and else first whoever calls most beyond what it is called (Eades, Lin, Smyth)."""
    left = _network(weights)
    head, tail = list[str](), list[str]()
    waiting = [(_turn(left, name), name) for name in left]
    heapify(waiting)
    while waiting:
        turn, name = heappop(waiting)
        if name not in left or turn != _turn(left, name):
            continue
        (head if left.succ[name] else tail).append(name)
        neighbours = [*left.succ[name], *left.pred[name]]
        left.remove_node(name)
        for each in neighbours:
            heappush(waiting, (_turn(left, each), each))
    order = head + tail[::-1]
    return _sifted(order, weights) if len(order) <= _SIFTED_NAMES else order


def _sifted(order: list[str], weights: Mapping[Pair, int]) -> list[str]:
    """The order once no name has a better place in it, or after some passes. A call costs what it weighs when its
    caller stands after its callee."""
    for _ in range(_MOST_PASSES):
        before = list(order)
        for name in before:
            at = order.index(name)
            others = order[:at] + order[at + 1 :]
            steps = (weights.get((name, each), 0) - weights.get((each, name), 0) for each in others)
            costs = list(accumulate(steps, initial=0))
            best = min(range(len(costs)), key=lambda place: (costs[place], abs(place - at)))
            order = [*others[:best], name, *others[best:]]
        if order == before:
            break
    return order


def _turn(left: Any, name: str) -> float:
    """The smaller, the sooner a name is taken out of what is left."""
    if not left.succ[name] or not left.pred[name]:
        return -inf
    return float(left.in_degree(name, "weight") - left.out_degree(name, "weight"))
