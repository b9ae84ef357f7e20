"""How deep in its gutter each arrow between blocks runs, so that few cross.

A stretch runs from side to side in a gutter, and at each of its ends it goes on upwards or downwards. Of two stretches
above each other, one end may have to cross the other: which is above decides how many do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_SPACE: Final = 7.0
_MANY: Final = 120
_SWEEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a way in one gutter: from `left` to `right`, and whether it goes up at each of the two."""

    way: int
    left: float
    right: float
    left_up: bool
    right_up: bool


def tracks(stretches: Sequence[Stretch]) -> dict[int, int]:
    """A track for each way, counted from the top of the gutter; stretches on one track keep apart."""
    ordered = sorted(stretches, key=lambda each: (each.left, each.right, each.way))
    if len(ordered) > _MANY:
        return _packed(ordered)
    return min((_stacked(_sifted(ordered)), _packed(ordered)), key=lambda found: crossings(stretches, found))


def crossings(stretches: Sequence[Stretch], track: dict[int, int]) -> int:
    """How many times ways cross in the gutter."""
    return sum(
        _crossed(*((one, other) if track[one.way] < track[other.way] else (other, one)))
        for at, one in enumerate(stretches)
        for other in stretches[at + 1 :]
    )


def _packed(ordered: Sequence[Stretch]) -> dict[int, int]:
    """The first free track, from the left."""
    ends: list[float] = []
    found: dict[int, int] = {}
    for each in ordered:
        track = next((at for at, end in enumerate(ends) if end + _SPACE < each.left), len(ends))
        ends[track : track + 1] = [each.right]
        found[each.way] = track
    return found


def _sifted(ordered: Sequence[Stretch]) -> list[Stretch]:
    """From top to bottom, each where it costs least among the others, until none wants to move."""
    order = list(ordered)
    gains = {(a.way, b.way): _crossed(a, b) - _crossed(b, a) for a in ordered for b in ordered if a is not b}
    for _ in range(_SWEEPS):
        before = list(order)
        for each in ordered:
            order.remove(each)
            order.insert(_best(each, order, gains), each)
        if order == before:
            break
    return order


def _best(each: Stretch, others: Sequence[Stretch], gains: dict[tuple[int, int], int]) -> int:
    """The place among the others, from the top, at which it crosses least."""
    least = cost = best = 0
    for at, other in enumerate(others, 1):
        cost += gains[other.way, each.way]
        if cost < least:
            least, best = cost, at
    return best


def _stacked(order: Sequence[Stretch]) -> dict[int, int]:
    """Each as high as those before it in the order let it be."""
    found: dict[int, int] = {}
    for at, each in enumerate(order):
        above = [found[other.way] for other in order[:at] if _side_by_side(each, other)]
        found[each.way] = max(above, default=-1) + 1
    return found


def _side_by_side(one: Stretch, other: Stretch) -> bool:
    return one.left <= other.right + _SPACE and other.left <= one.right + _SPACE


def _crossed(above: Stretch, below: Stretch) -> int:
    """How many of their ends have to cross the other."""
    down = (above.left, not above.left_up), (above.right, not above.right_up)
    up = (below.left, below.left_up), (below.right, below.right_up)
    return sum(goes and below.left < x < below.right for x, goes in down) + sum(
        goes and above.left < x < above.right for x, goes in up
    )
