"""Places for a picture in blocks: each domain arranged by itself, blocks on shelves, their arrows in the gutters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .label_places import apart
from .lanes import curve, planned
from .layout import Box, Engine, Layout, Route, arrange
from .measure import text_width
from .picture import Edge, EdgeKind, Group, Node, Picture
from .shapes import GROUP_SIZE, META_SIZE, Shape, shape
from .shelves import Block, shelves
from .words import users_words

WIDE: Final = 1.6
_PADDING: Final = 11.0
_TITLE: Final = 20.0
_APART: Final = 12.0
_ROWS: Final = 2.2


@dataclass(frozen=True, slots=True)
class _Inside:
    """One block from within: its nodes by id, and the routes of the arrows between them by key."""

    width: float
    height: float
    nodes: Mapping[str, Box]
    routes: Mapping[tuple[str, str, str, str], Route]


def arranged(picture: Picture, engine: Engine, aspect: float = WIDE) -> Layout:
    """The layout of any picture: on shelves, in blocks, or by Graphviz as a whole."""
    if picture.shelved:
        return arrange_cards(picture, aspect)
    return apart(picture, arrange_blocks(picture, engine, aspect) if picture.bundles else arrange(picture, engine))


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


def arrange_blocks(picture: Picture, engine: Engine, aspect: float = WIDE) -> Layout:
    """The layout of a picture that `in_blocks` has made, about `aspect` times as wide as high."""
    shapes = {node.id: shape(node) for node in picture.nodes}
    insides = {group.id: _inside(picture, group, shapes, engine) for group in picture.groups}
    blocks = [Block(id, inside.width, inside.height) for id, inside in insides.items()]
    links = [(edge.source, edge.target) for edge in picture.bundles]
    plan = planned(shelves(blocks, _calls(picture), aspect), links)
    nodes: dict[str, Box] = {}
    routes: dict[tuple[str, str, str, str], Route] = {}
    for id, inside in insides.items():
        x, y = plan.corners[id]
        nodes |= {name: box.moved(x, y) for name, box in inside.nodes.items()}
        routes |= {key: route.moved(x, y) for key, route in inside.routes.items()}
    return Layout(
        plan.width,
        plan.height,
        nodes,
        {id: Box(*plan.corners[id], inside.width, inside.height) for id, inside in insides.items()},
        tuple(routes[edge.key] for edge in picture.edges),
        shapes,
        tuple(Route(curve(way), way[-1]) for way in plan.ways),
    )


def _calls(picture: Picture) -> dict[tuple[str, str], int]:
    """Streams have no direction that a reader expects from top to bottom."""
    return {(edge.source, edge.target): edge.count for edge in picture.bundles if _is_call(edge)}


def _inside(picture: Picture, group: Group, shapes: Mapping[str, Shape], engine: Engine) -> _Inside:
    members = [node for node in picture.nodes if node.group == group.id]
    ids = {node.id for node in members}
    edges = tuple(edge for edge in picture.edges if edge.source in ids)
    joined = {end for edge in edges for end in (edge.source, edge.target)}
    alone = [node for node in members if node.id not in joined]
    nodes: dict[str, Box] = {}
    width = height = 0.0
    routes: dict[tuple[str, str, str, str], Route] = {}
    if joined:
        inner = tuple(replace(node, group="") for node in members if node.id in joined)
        layout = arrange(replace(picture, nodes=inner, edges=edges, groups=(), bundles=()), engine)
        nodes |= layout.nodes
        routes = {edge.key: route for edge, route in zip(edges, layout.routes, strict=True)}
        width, height = layout.width, layout.height
    rows, width, height = _rows(alone, shapes, width, height)
    nodes |= rows
    beside = text_width(users_words(group), META_SIZE) + 12 if group.users else 0.0
    width = max(width, text_width(group.name, GROUP_SIZE, bold=True) + beside + 20)
    down = _PADDING + _TITLE
    return _Inside(
        width + 2 * _PADDING,
        height + down + _PADDING,
        {id: box.moved(_PADDING, down) for id, box in nodes.items()},
        {key: route.moved(_PADDING, down) for key, route in routes.items()},
    )


def _rows(
    alone: Sequence[Node], shapes: Mapping[str, Shape], width: float, height: float
) -> tuple[dict[str, Box], float, float]:
    """Nodes without an arrow in their block, in rows below the others; and the size of all."""
    if not alone:
        return {}, width, height
    area = sum((shapes[node.id].width + _APART) * (shapes[node.id].height + _APART) for node in alone)
    room = max(width, (area * _ROWS) ** 0.5)
    boxes: dict[str, Box] = {}
    x, y, row = 0.0, height + (_APART if height else 0.0), 0.0
    for node in alone:
        size = shapes[node.id]
        if x and x + size.width > room:
            x, y, row = 0.0, y + row + _APART, 0.0
        boxes[node.id] = Box(x, y, size.width, size.height)
        x, row = x + size.width + _APART, max(row, size.height)
        width = max(width, x - _APART)
    return boxes, width, y + row
