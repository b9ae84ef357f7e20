"""Where blocks of different sizes stand: on shelves, in the order in which calls go down, and the ways between them.

Blocks that are called stand on later shelves than those that call them. All arrows between blocks run in the gutters
between shelves and in the gaps between neighbours, in lanes of their own, so none ever passes behind a block.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final

LANE: Final = 7.0
GAP: Final = 26.0
_GUTTER: Final = 30.0
_TRIES: Final = 80
_SWEEPS: Final = 6


@dataclass(frozen=True, slots=True)
class Block:
    """What is placed: a name and a size."""

    id: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """Blocks side by side, as high as the highest."""

    blocks: tuple[Block, ...]

    @property
    def width(self) -> float:
        return sum(block.width + GAP for block in self.blocks) - GAP

    @property
    def height(self) -> float:
        return max(block.height for block in self.blocks)


def shelves(blocks: Sequence[Block], links: Mapping[tuple[str, str], int], aspect: float) -> tuple[Shelf, ...]:
    """The blocks on shelves, so that the whole is about `aspect` times as wide as high.

    `links` are the calls between blocks and how many each stands for. Blocks without any come last.
    """
    rank = ranks(blocks, links)
    tries = _tries(blocks, rank)
    return _straightened(min(tries, key=lambda rows: _page(rows, aspect)), links, rank)


def areas(blocks: Sequence[Block], rank: Mapping[str, int], aspects: Sequence[float]) -> list[float]:
    """How large the smallest page of each aspect is that holds the blocks on shelves."""
    tries = list(_tries(blocks, rank))
    return [min(_page(rows, aspect) for rows in tries) for aspect in aspects]


def _tries(blocks: Sequence[Block], rank: Mapping[str, int]) -> Iterator[tuple[Shelf, ...]]:
    ordered = sorted(blocks, key=lambda block: (rank[block.id], block.id))
    widest, whole = max(block.width for block in blocks), sum(block.width + GAP for block in blocks)
    for share in range(_TRIES + 1):
        yield _filled(ordered, widest + (whole - widest) * share / _TRIES)


def ranks(blocks: Sequence[Block], links: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """How many blocks lie on the longest way down to each; of a ring, the weakest link is left out."""
    left = dict(links)
    order = _order([block.id for block in blocks], left)
    rank: dict[str, int] = {}
    for id in order:
        rank[id] = 1 + max((rank[source] for source, target in left if target == id), default=-1)
    linked = {end for link in links for end in link}
    return {id: at if id in linked else len(blocks) for id, at in rank.items()}


def _order(ids: Sequence[str], links: dict[tuple[str, str], int]) -> list[str]:
    """The ids in an order in which every link goes forward; links that prevent one are taken out."""
    while True:
        callers: dict[str, list[str]] = {id: [] for id in sorted(ids)}
        for source, target in sorted(links):
            callers[target].append(source)
        try:
            return list(TopologicalSorter(callers).static_order())
        except CycleError as error:
            ring = list(pairwise(error.args[1]))
            del links[min(ring, key=lambda link: (links[link], link))]


def _filled(ordered: Sequence[Block], width: float) -> tuple[Shelf, ...]:
    rows: list[list[Block]] = [[]]
    used = 0.0
    for block in ordered:
        if rows[-1] and used + block.width > width + 1:
            rows.append([])
            used = 0.0
        rows[-1].append(block)
        used += block.width + GAP
    return tuple(Shelf(tuple(row)) for row in rows)


def _page(rows: tuple[Shelf, ...], aspect: float) -> float:
    """The area of the smallest page of that aspect that holds the shelves."""
    width = max(row.width for row in rows)
    height = sum(row.height + 2 * _GUTTER for row in rows)
    return max(width, height * aspect) * max(height, width / aspect)


def _straightened(
    rows: tuple[Shelf, ...], links: Mapping[tuple[str, str], int], rank: Mapping[str, int]
) -> tuple[Shelf, ...]:
    """Each shelf in the order of where the callers of its blocks stand on the shelves above, then with neighbours
    exchanged as long as that shortens the ways to the side."""
    at: dict[str, float] = {}
    straight = []
    for row in rows:
        wanted = {block.id: _pull(block.id, at, links) for block in row.blocks}
        shelf = Shelf(tuple(sorted(row.blocks, key=lambda block: (wanted[block.id], rank[block.id], block.id))))
        straight.append(shelf)
        at |= {id: x / shelf.width for id, x in _middles(shelf.blocks).items()}
    return tuple(_exchanged(straight, links))


def _exchanged(rows: Sequence[Shelf], links: Mapping[tuple[str, str], int]) -> list[Shelf]:
    """The shelves with neighbours exchanged wherever that shortens the ways between blocks to the side."""
    near: dict[str, list[str]] = {block.id: [] for row in rows for block in row.blocks}
    for source, target in links:
        near[source].append(target)
        near[target].append(source)
    orders = [list(row.blocks) for row in rows]
    at = {id: x for order in orders for id, x in _middles(order).items()}
    for _ in range(_SWEEPS):
        moved = False
        for order in orders:
            for place in range(len(order) - 1):
                other = [*order[:place], order[place + 1], order[place], *order[place + 2 :]]
                after = at | _middles(other)
                touched = [order[place].id, order[place + 1].id]
                if _aside(touched, near, after) < _aside(touched, near, at) - 1:
                    order[:], at, moved = other, after, True
        if not moved:
            break
    return [Shelf(tuple(order)) for order in orders]


def _aside(ids: Sequence[str], near: Mapping[str, Sequence[str]], at: Mapping[str, float]) -> float:
    return sum(abs(at[id] - at[other]) for id in ids for other in near[id])


def _middles(blocks: Sequence[Block]) -> dict[str, float]:
    found, x = {}, 0.0
    for block in blocks:
        found[block.id] = x + block.width / 2
        x += block.width + GAP
    return found


def _pull(id: str, at: Mapping[str, float], links: Mapping[tuple[str, str], int]) -> float:
    """The middle of the callers that have a place already, by how much they call; the middle of all without any."""
    weights = [(at[source], number) for (source, target), number in links.items() if target == id and source in at]
    total = sum(number for _, number in weights)
    return sum(x * number for x, number in weights) / total if total else 0.5
