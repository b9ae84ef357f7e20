"""Places for a picture in blocks: each domain arranged by itself, blocks on shelves, their arrows in the gutters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from .label_places import apart
from .lanes import curve, planned
from .layout import Box, Engine, Layout, Route, arrange
from .measure import text_width
from .picture import Edge, EdgeKind, Group, Node, Picture
from .shapes import GROUP_SIZE, META_SIZE, Shape, shape
from .shelves import Block, page, shelves
from .tiles import Tile, packings
from .words import users_words

WIDE: Final = 1.6
_PADDING: Final = 11.0
_TITLE: Final = 20.0
_SHAPES: Final = 6


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
    choices = {group.id: _choices(picture, group, shapes, engine) for group in picture.groups}
    insides = _together(choices, _calls(picture), aspect)
    links = [(edge.source, edge.target) for edge in picture.bundles]
    plan = planned(shelves(_blocks(insides), _calls(picture), aspect), links)
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


def _together(
    choices: Mapping[str, Sequence[Tile]], calls: Mapping[tuple[str, str], int], aspect: float
) -> dict[str, Tile]:
    """Each block in one of its shapes, so that all fill the smallest page: none much higher than it need be."""
    heights = sorted({tile.height for shapes in choices.values() for tile in shapes})
    tries = [{id: _below(height, shapes) for id, shapes in choices.items()} for height in heights]
    return min(tries, key=lambda each: page(shelves(_blocks(each), calls, aspect), aspect))


def _below(height: float, shapes: Sequence[Tile]) -> Tile:
    """The narrowest shape that is no higher, or the lowest."""
    low = [tile for tile in shapes if tile.height <= height]
    return min(low or shapes, key=lambda tile: (tile.width if low else tile.height, tile.width))


def _blocks(insides: Mapping[str, Tile]) -> list[Block]:
    return [Block(id, inside.width, inside.height) for id, inside in insides.items()]


def _choices(picture: Picture, group: Group, shapes: Mapping[str, Shape], engine: Engine) -> list[Tile]:
    """The block in some shapes."""
    members = [node for node in picture.nodes if node.group == group.id]
    tiles = [_tile(picture, part, shapes, engine) for part in _parts(picture, members)]
    return [_framed(group, tile) for tile in packings(tiles, _SHAPES)]


def _parts(picture: Picture, members: Sequence[Node]) -> Iterator[tuple[list[Node], tuple[Edge, ...]]]:
    """The nodes that arrows join, with these arrows; nodes without any, each alone."""
    import networkx

    ids = {node.id for node in members}
    edges = tuple(edge for edge in picture.edges if edge.source in ids)
    graph = networkx.Graph((edge.source, edge.target) for edge in edges)
    graph.add_nodes_from(node.id for node in members)
    for part in networkx.connected_components(graph):
        yield [node for node in members if node.id in part], tuple(edge for edge in edges if edge.source in part)


def _tile(
    picture: Picture, part: tuple[list[Node], tuple[Edge, ...]], shapes: Mapping[str, Shape], engine: Engine
) -> Tile:
    nodes, edges = part
    if not edges:
        size = shapes[nodes[0].id]
        return Tile(size.width, size.height, {nodes[0].id: Box(0, 0, size.width, size.height)}, {})
    inner = tuple(replace(node, group="") for node in nodes)
    layout = arrange(replace(picture, nodes=inner, edges=edges, groups=(), bundles=()), engine)
    routes = {edge.key: route for edge, route in zip(edges, layout.routes, strict=True)}
    return Tile(layout.width, layout.height, layout.nodes, routes)


def _framed(group: Group, tile: Tile) -> Tile:
    """With room for the frame and the block's name."""
    beside = text_width(users_words(group), META_SIZE) + 12 if group.users else 0.0
    width = max(tile.width, text_width(group.name, GROUP_SIZE, bold=True) + beside + 20)
    down = _PADDING + _TITLE
    return replace(tile.moved(_PADDING, down), width=width + 2 * _PADDING, height=tile.height + down + _PADDING)
