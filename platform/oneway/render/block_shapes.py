"""The shapes that a block can have: its parts side by side or above each other, tall columns as they are or in two."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from .columns import spans
from .layout import Box, Engine, Layout, arrange
from .measure import text_width
from .picture import Edge, Group, Node, Picture
from .shapes import GROUP_SIZE, META_SIZE, Shape
from .tiles import Tile, packings
from .words import users_words

_PADDING: Final = 11.0
_TITLE: Final = 20.0
_SHAPES: Final = 6


def block_shapes(picture: Picture, group: Group, shapes: Mapping[str, Shape], engine: Engine) -> list[Tile]:
    """The block with its frame, in some shapes; in the first its arrows are shortest."""
    members = [node for node in picture.nodes if node.group == group.id]
    parts = [_shaped(picture, part, shapes, engine) for part in _parts(picture, members)]
    variants = [[part[min(at, len(part) - 1)] for part in parts] for at in range(max(map(len, parts)))]
    return [_framed(group, tile) for tiles in variants for tile in packings(tiles, _SHAPES)]


def _parts(picture: Picture, members: Sequence[Node]) -> Iterator[tuple[list[Node], tuple[Edge, ...]]]:
    """The nodes that arrows join, with these arrows; nodes without any, each alone."""
    import networkx

    ids = {node.id for node in members}
    edges = tuple(edge for edge in picture.edges if edge.source in ids)
    graph = networkx.Graph((edge.source, edge.target) for edge in edges)
    graph.add_nodes_from(node.id for node in members)
    for part in networkx.connected_components(graph):
        yield [node for node in members if node.id in part], tuple(edge for edge in edges if edge.source in part)


def _shaped(
    picture: Picture, part: tuple[list[Node], tuple[Edge, ...]], shapes: Mapping[str, Shape], engine: Engine
) -> list[Tile]:
    """A part as Graphviz arranges it, and with tall columns in two."""
    nodes, edges = part
    if not edges:
        size = shapes[nodes[0].id]
        return [Tile(size.width, size.height, {nodes[0].id: Box(0, 0, size.width, size.height)}, {})]
    inner = tuple(replace(node, group="") for node in nodes)
    alone = replace(picture, nodes=inner, edges=edges, groups=(), bundles=())
    natural = arrange(alone, engine)
    longer = [spans(natural.nodes, edges, in_turn) for in_turn in (False, True)]
    balanced = [arrange(alone, engine, spans=each) for each in longer if each]
    return [_tile(layout, edges) for layout in (natural, *balanced)]


def _tile(layout: Layout, edges: tuple[Edge, ...]) -> Tile:
    routes = {edge.key: route for edge, route in zip(edges, layout.routes, strict=True)}
    return Tile(layout.width, layout.height, layout.nodes, routes)


def _framed(group: Group, tile: Tile) -> Tile:
    """With room for the frame and the block's name."""
    beside = text_width(users_words(group), META_SIZE) + 12 if group.users else 0.0
    width = max(tile.width, text_width(group.name, GROUP_SIZE, bold=True) + beside + 20)
    down = _PADDING + _TITLE
    return replace(tile.moved(_PADDING, down), width=width + 2 * _PADDING, height=tile.height + down + _PADDING)
