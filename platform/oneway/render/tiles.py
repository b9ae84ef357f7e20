"""Parts of a block between which there are no arrows, packed in rows as close as they fit."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .layout import Box, Route

APART: Final = 12.0
_NARROWEST: Final = 0.9  # how many times as wide as high a block is at least, if it can
_ROWS: Final = 2.2  # the same of nodes without an arrow in their block: these come in rows
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a block: its nodes by id, and the routes of the arrows between them by key."""

    width: float
    height: float
    nodes: Mapping[str, Box]
    routes: Mapping[Key, Route]

    def moved(self, right: float, down: float) -> "Tile":
        nodes = {id: box.moved(right, down) for id, box in self.nodes.items()}
        routes = {key: route.moved(right, down) for key, route in self.routes.items()}
        return Tile(self.width, self.height, nodes, routes)


def packings(tiles: Sequence[Tile], widths: int) -> list[Tile]:
    """The tiles as one, in up to so many shapes from narrow to wide; of two with the same width, the lower one."""
    ordered = sorted(tiles, key=lambda tile: (-tile.height, min(tile.nodes)))
    room = sum((tile.width + APART) * (tile.height + APART) * (_NARROWEST if tile.routes else _ROWS) for tile in tiles)
    narrow = max(max(tile.width for tile in tiles), math.sqrt(room))
    whole = sum(tile.width + APART for tile in tiles) - APART
    found: dict[float, Tile] = {}
    for step in range(widths):
        packed = _packed(ordered, narrow + max(0.0, whole - narrow) * step / max(1, widths - 1))
        if packed.width not in found or packed.height < found[packed.width].height:
            found[packed.width] = packed
    return list(found.values())


def _packed(ordered: Sequence[Tile], room: float) -> Tile:
    """In rows as high as their first tile; lower ones stand on each other in it."""
    nodes: dict[str, Box] = {}
    routes: dict[Key, Route] = {}
    width = height = 0.0
    for row in _rows(ordered, room):
        top = height + APART if height else 0.0
        for x, y, tile in row:
            placed = tile.moved(x, top + y)
            nodes |= placed.nodes
            routes |= placed.routes
            width = max(width, x + tile.width)
        height = top + row[0][2].height
    return Tile(width, height, nodes, routes)


def _rows(ordered: Sequence[Tile], room: float) -> Iterator[list[tuple[float, float, Tile]]]:
    """Each row as tiles with their places in it, the highest at its left."""
    left = list(ordered)
    while left:
        high = left.pop(0)
        row = [(0.0, 0.0, high)]
        x = high.width + APART
        while stack := _stack(left, room - x, high.height):
            row += [(x, y, tile) for y, tile in stack]
            x += max(tile.width for _, tile in stack) + APART
        yield row


def _stack(left: list[Tile], room: float, height: float) -> list[tuple[float, Tile]]:
    """Takes out what fits above each other into that room, the widest at most as wide as the first."""
    first = next((tile for tile in left if tile.width <= room), None)
    if first is None:
        return []
    stack: list[tuple[float, Tile]] = []
    y = 0.0
    for tile in list(left):
        if tile.width <= max(first.width, min(room, first.width * 1.15)) and y + tile.height <= height:
            left.remove(tile)
            stack.append((y, tile))
            y += tile.height + APART
    return stack
