"""A tall column of boxes becomes two: which arrows then go over more columns than one."""

from collections.abc import Mapping
from typing import Final

from .layout import Box
from .picture import Edge

TALL: Final = 6
_SAME: Final = 0.5


def spans(nodes: Mapping[str, Box], edges: tuple[Edge, ...], in_turn: bool) -> dict[tuple[str, str], int]:
    """Over how many columns each arrow goes when every column of TALL boxes or more is two; empty if none is so tall.

    Its upper half comes into the first of the two, or `in_turn` every other box.
    """
    places: dict[str, int] = {}
    first = 0
    columns = _columns(nodes)
    for column in columns:
        parts = 2 if len(column) >= TALL else 1
        places |= {id: first + (at % parts if in_turn else at * parts // len(column)) for at, id in enumerate(column)}
        first += parts
    if first == len(columns):
        return {}
    lengths = {(edge.source, edge.target): places[edge.target] - places[edge.source] for edge in edges}
    return {ends: length for ends, length in lengths.items() if length > 1}


def _columns(nodes: Mapping[str, Box]) -> list[list[str]]:
    """The ids of boxes whose middles stand above each other, from left to right, each column from the top."""
    columns: list[list[str]] = []
    last = float("-inf")
    for id in sorted(nodes, key=lambda id: _middle(nodes[id])):
        if _middle(nodes[id]) - last > _SAME:
            columns.append([])
        columns[-1].append(id)
        last = _middle(nodes[id])
    return [sorted(column, key=lambda id: nodes[id].y) for column in columns]


def _middle(box: Box) -> float:
    return box.x + box.width / 2
