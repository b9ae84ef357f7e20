"""The drawing of the page: blocks that are put in when they are looked at, and where they stand on each plan."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ..block_layout import arrange_blocks
from ..layout import Box, Engine, Layout, Route, arrange
from ..parts import draw_edge, draw_edge_label, draw_group, draw_group_name, draw_node
from ..picture import Edge, Node, Picture
from ..shapes import edge_label
from ..words import bundle_words, edge_words

_PLANS: Final = {"wide": 1.5, "tall": 0.6}
_FREE: Final = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """`plans` are sizes and arrows by name of the plan, `blocks` the inside and the places of each, by id."""

    plans: Mapping[str, Any]
    blocks: Mapping[str, Any]
    boxes: Mapping[str, tuple[str, list[float]]]


def draw_floor(picture: Picture, engine: Engine) -> Floor:
    """Blocks on two plans, wide and tall, or where arrows between domains are drawn one by one, a single plan."""
    cached = cache(engine)
    if not picture.bundles:
        return _floor(picture, {"wide": arrange(picture, cached)})
    return _floor(picture, {name: arrange_blocks(picture, cached, aspect) for name, aspect in _PLANS.items()})


def _floor(picture: Picture, layouts: Mapping[str, Layout]) -> Floor:
    first = next(iter(layouts.values()))
    names = {node.id: node.name for node in picture.nodes} | {group.id: group.name for group in picture.groups}
    homes = {node.id: node.group if node.group in first.groups else _FREE for node in picture.nodes}
    blocks = {
        id: {
            "at": {name: _corner(layout, id) for name, layout in layouts.items()},
            "size": [round(first.groups[id].width), round(first.groups[id].height)] if id else [0, 0],
            "markup": "".join(_inside(picture, first, id, names, homes)),
        }
        for id in (*(group.id for group in picture.groups), _FREE)
    }
    plans = {
        name: {
            "size": [round(layout.width), round(layout.height)],
            "markup": "".join((*_bundles(picture, layout, names), *_far(picture, layout, names, homes))),
        }
        for name, layout in layouts.items()
    }
    return Floor(plans, blocks, {node.id: (homes[node.id], _place(first, node, homes)) for node in picture.nodes})


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
        yield draw_group_name(group.name, box)


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
