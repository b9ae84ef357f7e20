"""Places for a picture in blocks: each domain arranged by itself, blocks on shelves, their arrows in the gutters."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from .block_shapes import block_shapes
from .label_places import apart
from .lanes import curve, planned
from .layout import Box, Engine, Layout, Route, arrange
from .picture import Edge, EdgeKind, Picture
from .shapes import Shape, shape
from .shelves import Block, areas, ranks, shelves
from .tiles import Tile

WIDE: Final = 1.6
_HEIGHTS: Final = 24


def arranged(picture: Picture, engine: Engine, aspect: float = WIDE) -> Layout:
    """The layout of any picture: on shelves, in blocks, or by Graphviz as a whole."""
    if picture.shelved:
        return arrange_cards(picture, aspect)
    whole = arrange_blocks(picture, engine, (aspect,))[0] if picture.bundles else arrange(picture, engine)
    return apart(picture, whole)


def arrange_cards(picture: Picture, aspect: float = WIDE) -> Layout:
    """The layout of a picture whose nodes stand in rows, those that are called below those that call them."""
    shapes = {node.id: shape(node) for node in picture.nodes}
    cards = [Block(id, each.width, each.height) for id, each in shapes.items()]
    calls = {(edge.source, edge.target): edge.count for edge in (*picture.edges, *picture.folded) if _is_call(edge)}
    plan = planned(shelves(cards, calls, aspect), [(edge.source, edge.target) for edge in picture.edges])
    boxes = {id: Box(*plan.corners[id], each.width, each.height) for id, each in shapes.items()}
    routes = tuple(Route(curve(way), way[-1]) for way in plan.ways)
    return Layout(plan.width, plan.height, boxes, {}, routes, shapes)


def _is_call(edge: Edge) -> bool:
    return edge.kind is EdgeKind.CALL


def arrange_blocks(picture: Picture, engine: Engine, aspects: Sequence[float] = (WIDE,)) -> list[Layout]:
    """The layouts of a picture that `in_blocks` has made, each about an aspect times as wide as high.

    Only the places of the blocks differ in them: what is inside a block stands in it as in the others.
    """
    shapes = {node.id: shape(node) for node in picture.nodes}
    choices = {group.id: block_shapes(picture, group, shapes, engine) for group in picture.groups}
    insides = _together(choices, _calls(picture), aspects)
    return [_laid_out(picture, insides, shapes, aspect) for aspect in aspects]


def _laid_out(picture: Picture, insides: Mapping[str, Tile], shapes: Mapping[str, Shape], aspect: float) -> Layout:
    links = [(edge.source, edge.target) for edge in picture.bundles]
    plan = planned(shelves(_blocks(insides), _calls(picture), aspect), links)
    placed = [inside.moved(*plan.corners[id]) for id, inside in insides.items()]
    routes = {key: route for tile in placed for key, route in tile.routes.items()}
    return Layout(
        plan.width,
        plan.height,
        {id: box for tile in placed for id, box in tile.nodes.items()},
        {id: Box(*plan.corners[id], inside.width, inside.height) for id, inside in insides.items()},
        tuple(routes[edge.key] for edge in picture.edges),
        shapes,
        tuple(Route(curve(way), way[-1]) for way in plan.ways),
    )


def _calls(picture: Picture) -> dict[tuple[str, str], int]:
    """Streams have no direction that a reader expects from top to bottom."""
    return {(edge.source, edge.target): edge.count for edge in picture.bundles if _is_call(edge)}


def _together(
    choices: Mapping[str, Sequence[Tile]], calls: Mapping[tuple[str, str], int], aspects: Sequence[float]
) -> dict[str, Tile]:
    """Each block in one of its shapes, so that all fill the smallest pages: none much higher than it need be."""
    heights = sorted({tile.height for shapes in choices.values() for tile in shapes})
    some = heights[:: -(-len(heights) // _HEIGHTS)]
    tries = [{id: _below(height, shapes) for id, shapes in choices.items()} for height in (*some, heights[-1])]
    rank = ranks(_blocks(tries[0]), calls)
    return min(tries, key=lambda insides: math.prod(areas(_blocks(insides), rank, aspects)))


def _below(height: float, shapes: Sequence[Tile]) -> Tile:
    """The narrowest shape that is no higher, or the lowest."""
    low = [tile for tile in shapes if tile.height <= height]
    return min(low or shapes, key=lambda tile: (tile.width if low else tile.height, tile.width))


def _blocks(insides: Mapping[str, Tile]) -> list[Block]:
    return [Block(id, inside.width, inside.height) for id, inside in insides.items()]
