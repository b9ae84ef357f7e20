"""Small geometry of arrows."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .layout import Point

_LENGTH: Final = 8.0
_HALF: Final = 3.2


def arrowhead(last: Sequence[Point], tip: Point) -> tuple[Point, Point, Point]:
    """A triangle that ends in the tip and looks along the curve's last stretch."""
    base = last[-1]
    if math.dist(base, tip) < 0.5:
        base = last[0]
    angle = math.atan2(tip[1] - base[1], tip[0] - base[0])
    back = (tip[0] - _LENGTH * math.cos(angle), tip[1] - _LENGTH * math.sin(angle))
    side = (_HALF * math.sin(angle), -_HALF * math.cos(angle))
    return ((back[0] + side[0], back[1] + side[1]), tip, (back[0] - side[0], back[1] - side[1]))


def middle(points: Sequence[Point]) -> Point:
    """The point halfway along a chain of cubic curves, by de Casteljau."""
    curves = (len(points) - 1) // 3
    at = curves // 2
    return _along(points[3 * at : 3 * at + 4], 0.5) if curves % 2 else points[3 * at]


def sampled(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """The chain as corners of a line that looks like it: its ends, and some points of each curve."""
    corners = [points[0]]
    for at in range(0, len(points) - 1, 3):
        corners += [_along(points[at : at + 4], step / steps) for step in range(1, steps + 1)]
    return corners


def _along(curve: Sequence[Point], share: float) -> Point:
    line = list(curve)
    while len(line) > 1:
        line = [(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for a, b in pairwise(line)]
    return line[0]
