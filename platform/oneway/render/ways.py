"""Which gaps an arrow between two blocks goes through: the shortest way with the fewest turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .shelves import Shelf

MARGIN: Final = 12.0
_TURN: Final = 40.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: its shelf, its position there, and how wide it is."""

    shelf: int
    at: int
    left: float
    width: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


@dataclass(frozen=True, slots=True)
class Way:
    """From the gutter `first` to the gutter `last`, through one gap of every shelf between them."""

    source: str
    target: str
    first: int
    last: int
    gaps: tuple[int, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The shelves that it passes, in its order."""
        down = self.first <= self.last
        return tuple(range(self.first, self.last) if down else range(self.first - 1, self.last - 1, -1))

    @property
    def gutters(self) -> tuple[int, ...]:
        """The gutters that it runs in, in its order."""
        step = 1 if self.first <= self.last else -1
        return tuple(range(self.first, self.last + step, step))


def find_way(source: str, target: str, shelves: Sequence[Shelf], places: Mapping[str, Place]) -> Way:
    """The shortest way with the fewest turns, leaving and entering at the top or the bottom."""
    here, there = places[source], places[target]
    choices: list[tuple[float, int, Way]] = []
    for first in (here.shelf + 1, here.shelf):
        for last in (there.shelf, there.shelf + 1):
            rows = Way(source, target, first, last, ()).rows
            if here.shelf in rows or there.shelf in rows:
                continue
            length, gaps = _through(rows, here.middle, there.middle, shelves, places)
            straight = first > here.shelf and last == there.shelf
            choices.append((length + (0 if straight else _TURN), len(choices), Way(source, target, first, last, gaps)))
    return min(choices)[2]


def _through(
    rows: Sequence[int], start: float, end: float, shelves: Sequence[Shelf], places: Mapping[str, Place]
) -> tuple[float, tuple[int, ...]]:
    """The gaps by which one gets through these shelves with the least way to the side."""
    best: dict[float, tuple[float, tuple[int, ...]]] = {start: (0.0, ())}
    for row in rows:
        found: dict[float, tuple[float, tuple[int, ...]]] = {}
        for gap in range(len(shelves[row].blocks) + 1):
            x = gap_middle(shelves[row], gap, places)
            found[x] = min((cost + abs(x - at), (*gaps, gap)) for at, (cost, gaps) in best.items())
        best = {x: (cost + shelves[row].height, gaps) for x, (cost, gaps) in found.items()}
    return min((cost + abs(end - at), gaps) for at, (cost, gaps) in best.items())


def gap_middle(shelf: Shelf, gap: int, places: Mapping[str, Place]) -> float:
    left, right = span(shelf, gap, places)
    return right - MARGIN if not gap else left + MARGIN if gap == len(shelf.blocks) else (left + right) / 2


def span(shelf: Shelf, gap: int, places: Mapping[str, Place]) -> tuple[float, float]:
    """The room between two neighbours; before the first it ends at its edge, after the last it begins there."""
    before = places[shelf.blocks[gap - 1].id] if gap else None
    after = places[shelf.blocks[gap].id] if gap < len(shelf.blocks) else None
    left = before.left + before.width if before else (after.left - 10_000 if after else 0.0)
    right = after.left if after else left + 10_000
    return left, right
