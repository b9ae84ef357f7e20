"""Words beside arrows, moved off each other where Graphviz has put two at one place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .layout import Layout, Point
from .measure import text_width
from .picture import Picture
from .shapes import LABEL_SIZE, edge_label

_LINE: Final = 15.0
_STEPS: Final = (0, 1, -1, 2, -2, 3, -3)


def apart(picture: Picture, layout: Layout) -> Layout:
    """The layout with each label at the nearest place above or below its own where none lies yet."""
    taken: list[tuple[Point, float]] = []
    routes = []
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        if route.label:
            x, y = route.label
            half = text_width(edge_label(edge, picture), LABEL_SIZE) / 2 + 3
            free = [y + step * _LINE for step in _STEPS if not _lies_on((x, y + step * _LINE), half, taken)]
            route = replace(route, label=(x, free[0] if free else y))
            taken.append(((x, free[0] if free else y), half))
        routes.append(route)
    return replace(layout, routes=tuple(routes))


def _lies_on(place: Point, half: float, taken: Sequence[tuple[Point, float]]) -> bool:
    return any(abs(x - place[0]) < half + other and abs(y - place[1]) < _LINE - 2 for (x, y), other in taken)
