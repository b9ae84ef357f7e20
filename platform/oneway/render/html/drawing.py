"""The drawing of the page: blocks that are put in when they are looked at, and where they stand on each plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ..block_layout import arrange_blocks, arranged
from ..layout import Box, Engine, Layout, Route, arrange
from ..parts import draw_edge, draw_edge_label, draw_group, draw_group_name, draw_node
from ..picture import Edge, Node, Picture
from ..shapes import edge_label
from ..words import bundle_words, edge_words

_ASPECTS: Final = {"wide": 1.5, "tall": 0.52, "paper": 0.7}
_TURNED: Final = 250
_FREE: Final = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """`plans` by the shape of a page; `insides` are what the blocks of a plan hold, and where the nodes are in them.

    With `levels`, a block can stand for all that is in it, and both plans have the same blocks in other places.
    """

    plans: Mapping[str, Any]
    insides: Mapping[str, Any]
    levels: bool


def draw_floor(picture: Picture, engine: Engine) -> Floor:
    """Two plans, wide and tall: of blocks, or where arrows between domains are drawn one by one, of the whole."""
    cached = cache(engine)
    if picture.bundles:
        laid_out = arrange_blocks(picture, cached, tuple(_ASPECTS.values()))
        layouts = dict(zip(_ASPECTS, laid_out, strict=True))
        plans = {name: _plan(picture, layout, "wide") for name, layout in layouts.items()}
        return Floor(plans, {"wide": _inside_of(picture, layouts["wide"])}, True)
    layouts = {"wide": arranged(picture, cached, _ASPECTS["wide"]), "tall": _tall(picture, cached)}
    plans = {name: _plan(picture, layout, name) for name, layout in layouts.items()}
    return Floor(plans, {name: _inside_of(picture, layout) for name, layout in layouts.items()}, False)


def _tall(picture: Picture, engine: Engine) -> Layout:
    """For a page that is higher than wide: calls go right or down, whichever fills it better."""
    aspect = _ASPECTS["tall"]
    sideways = arranged(picture, engine, aspect)
    if picture.shelved or len(picture.edges) > _TURNED:
        return sideways
    return min((sideways, arrange(picture, engine, down=True)), key=lambda each: max(each.width, each.height * aspect))


def _plan(picture: Picture, layout: Layout, inside: str) -> dict[str, Any]:
    names = {node.id: node.name for node in picture.nodes} | {group.id: group.name for group in picture.groups}
    homes = _homes(picture, layout)
    return {
        "size": [round(layout.width), round(layout.height)],
        "inside": inside,
        "at": {id: _corner(layout, id) for id in (*(group.id for group in picture.groups), _FREE)},
        "markup": "".join((*_bundles(picture, layout, names), *_far(picture, layout, names, homes))),
    }


def _inside_of(picture: Picture, layout: Layout) -> dict[str, Any]:
    names = {node.id: node.name for node in picture.nodes} | {group.id: group.name for group in picture.groups}
    homes = _homes(picture, layout)
    blocks = {
        id: {
            "size": [round(layout.groups[id].width), round(layout.groups[id].height)] if id else [0, 0],
            "markup": "".join(_inside(picture, layout, id, names, homes)),
        }
        for id in (*(group.id for group in picture.groups), _FREE)
    }
    places = {node.id: (homes[node.id], _place(layout, node, homes)) for node in picture.nodes}
    return {"blocks": blocks, "places": places}


def _homes(picture: Picture, layout: Layout) -> dict[str, str]:
    """Which block each node is in; the free block for those in none."""
    return {node.id: node.group if node.group in layout.groups else _FREE for node in picture.nodes}


def _corner(layout: Layout, id: str) -> list[float]:
    return [round(layout.groups[id].x, 1), round(layout.groups[id].y, 1)] if id else [0, 0]


def _place(layout: Layout, node: Node, homes: Mapping[str, str]) -> list[float]:
    box = _relative(layout, homes[node.id], layout.nodes[node.id])
    return [round(each, 1) for each in (box.x, box.y, box.width, box.height)]


def _relative(layout: Layout, block: str, box: Box) -> Box:
    corner = layout.groups.get(block)
    return box.moved(-corner.x, -corner.y) if corner else box


def _inside(
    picture: Picture, layout: Layout, block: str, names: dict[str, str], homes: Mapping[str, str]
) -> Iterator[str]:
    colors = {owner.id: owner.color for owner in picture.owners}
    group = next((each for each in picture.groups if each.id == block), None)
    own = layout.groups.get(block, Box(0, 0, 0, 0))
    box = Box(0, 0, own.width, own.height)
    if group:
        yield from draw_group(group.name, group.summary, box)
    inner = [
        (edge, route.moved(-own.x, -own.y))
        for edge, route in zip(picture.edges, layout.routes, strict=True)
        if homes[edge.source] == homes[edge.target] == block
    ]
    yield from _arrows(picture, inner, names)
    for node in picture.nodes:
        if homes[node.id] == block:
            place = _relative(layout, block, layout.nodes[node.id])
            yield from draw_node(node, place, layout.shapes[node.id], colors, picture.difference)
    if group:
        yield draw_group_name(group, box)


def _far(picture: Picture, layout: Layout, names: dict[str, str], homes: Mapping[str, str]) -> Iterator[str]:
    far = [
        (edge, route)
        for edge, route in zip(picture.edges, layout.routes, strict=True)
        if homes[edge.source] != homes[edge.target]
    ]
    yield from _arrows(picture, far, names)


def _arrows(picture: Picture, arrows: list[tuple[Edge, Route]], names: dict[str, str]) -> Iterator[str]:
    for edge, route in arrows:
        yield from draw_edge(edge, route, edge_words(edge, names), picture.difference)
    for edge, route in arrows:
        yield from draw_edge_label(edge, route, edge_label(edge, picture))


def _bundles(picture: Picture, layout: Layout, names: dict[str, str]) -> Iterator[str]:
    for edge, route in zip(picture.bundles, layout.bundles, strict=True):
        yield from draw_edge(edge, route, bundle_words(edge, names), picture.difference, bundle=True)
