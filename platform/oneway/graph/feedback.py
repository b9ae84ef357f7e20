"""The smallest set of calls whose removal frees a group from its circles.

The minimum feedback arc set is NP-hard in general, and small in practice. `free` searches exactly: some call of any
ring that is left has to go, so it branches over the calls of a shortest ring, and deepens the allowed number of
calls one by one. The search is bounded by a count of looks at calls, not by time, so that the answer never depends
on the machine. Beyond the bound the order of Eades, Lin and Smyth (1993) decides: of m calls among n services it
removes at most m/2 - n/6; calls that need not go after all are put back where the group is small enough to try.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

Pair = tuple[str, str]

SEARCH_LOOKS: Final = 4_000_000
_PUT_BACK_PAIRS: Final = 600


@dataclass(frozen=True, slots=True)
class Cut:
    """Pairs (caller, callee) whose calls have to go, sorted; `exact` when no smaller set of calls would do."""

    pairs: tuple[Pair, ...]
    exact: bool


def free(weights: Mapping[Pair, int]) -> Cut:
    """The cheapest pairs to remove so that no circle is left. A pair weighs the number of its calls."""
    greedy = _greedy(weights)
    search = _Search(weights)
    for allowed in range(1, sum(weights[pair] for pair in greedy)):
        found = search.within(frozenset(), allowed)
        if found is not None:
            return Cut(tuple(sorted(found)), True)
        if search.exhausted:
            return Cut(greedy, False)
    return Cut(greedy, True)


class _Search:
    """Depth-first over the calls of a shortest ring, with a bound on how many rings it looks for."""

    def __init__(self, weights: Mapping[Pair, int]) -> None:
        self._weights = weights
        self._steps = SEARCH_LOOKS // (len(weights) * len({name for pair in weights for name in pair}))
        self._seen: dict[frozenset[Pair], int] = {}

    @property
    def exhausted(self) -> bool:
        return self._steps <= 0

    def within(self, removed: frozenset[Pair], allowed: int) -> frozenset[Pair] | None:
        """A set that frees the group with at most `allowed` more calls; None when there is none, or it gave up."""
        if self._seen.get(removed, -1) >= allowed or self.exhausted:
            return None
        self._steps -= 1
        ring = _shortest_ring(pair for pair in self._weights if pair not in removed)
        if not ring:
            return removed
        for pair in ring:
            if self._weights[pair] <= allowed:
                found = self.within(removed | {pair}, allowed - self._weights[pair])
                if found is not None:
                    return found
        self._seen[removed] = allowed
        return None


def _shortest_ring(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """A shortest ring, the alphabetically first of its start; empty when there is none."""
    successors: dict[str, list[str]] = {}
    for source, target in sorted(pairs):
        successors.setdefault(source, []).append(target)
    best: tuple[Pair, ...] = ()
    for start in successors:
        ring = _ring_from(successors, start, len(best) or len(successors) + 1)
        if ring:
            best = ring
        if len(best) == 2:
            break
    return best


def _ring_from(successors: Mapping[str, list[str]], start: str, shorter_than: int) -> tuple[Pair, ...]:
    reached: dict[str, Pair | None] = {start: None}
    queue = deque([(start, 1)])
    while queue:
        name, length = queue.popleft()
        if length >= shorter_than:
            return ()
        for target in successors.get(name, ()):
            if target == start:
                return tuple(reversed([(name, start), *_back(reached, name)]))
            if target not in reached:
                reached[target] = (name, target)
                queue.append((target, length + 1))
    return ()


def _back(reached: Mapping[str, Pair | None], name: str) -> Iterable[Pair]:
    pair = reached[name]
    while pair is not None:
        yield pair
        pair = reached[pair[0]]


def _greedy(weights: Mapping[Pair, int]) -> tuple[Pair, ...]:
    place = {name: at for at, name in enumerate(_sequence(weights))}
    backward = sorted(pair for pair in weights if place[pair[0]] > place[pair[1]])
    if len(weights) > _PUT_BACK_PAIRS:
        return tuple(backward)
    removed = set(backward)
    for pair in sorted(backward, key=lambda each: (-weights[each], each)):
        if not _shortest_ring([each for each in weights if each not in removed or each == pair]):
            removed.discard(pair)
    return tuple(sorted(removed))


def _sequence(weights: Mapping[Pair, int]) -> list[str]:
    """Sinks last, sources first, else whoever calls most beyond what it is called (Eades, Lin, Smyth)."""
    out: dict[str, dict[str, int]] = {}
    into: dict[str, dict[str, int]] = {}
    for (source, target), weight in sorted(weights.items()):
        for name in (source, target):
            out.setdefault(name, {})
            into.setdefault(name, {})
        out[source][target] = into[target][source] = weight
    balance = {name: sum(out[name].values()) - sum(into[name].values()) for name in out}
    left, head, tail = set(out), list[str](), list[str]()
    ready = deque(sorted(out))
    heap = [(-balance[name], name) for name in ready]
    heapify(heap)
    while left:
        while ready:
            name = ready.popleft()
            if name in left and not (out[name] and into[name]):
                (tail if not out[name] else head).append(name)
                ready.extend(_take(name, left, out, into, balance, heap))
        while heap:
            weight, name = heappop(heap)
            if name in left and weight == -balance[name]:
                head.append(name)
                ready.extend(_take(name, left, out, into, balance, heap))
                break
    return head + tail[::-1]


def _take(
    name: str,
    left: set[str],
    out: dict[str, dict[str, int]],
    into: dict[str, dict[str, int]],
    balance: dict[str, int],
    heap: list[tuple[int, str]],
) -> list[str]:
    """Take a name out of what is left; its neighbours may have become sources or sinks."""
    left.discard(name)
    neighbours = [*out[name], *into[name]]
    for target, weight in out[name].items():
        del into[target][name]
        balance[target] += weight
    for source, weight in into[name].items():
        del out[source][name]
        balance[source] -= weight
    for neighbour in neighbours:
        heappush(heap, (-balance[neighbour], neighbour))
    return neighbours
