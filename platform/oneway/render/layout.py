"""Where everything goes: the source that a Graphviz lays out, and the places read from its answer.

Only sizes, boxes and arrows are told to Graphviz, under names of our own, so that any Graphviz of any build,
with whatever fonts, arranges the same structure, and no text of a manifest ever reaches its parser.
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import graphviz

from .measure import text_width
from .picture import Edge, EdgeKind, Node, Picture
from .shapes import GROUP_SIZE, LABEL_SIZE, PortShape, Shape, edge_label, shape

Point = tuple[float, float]
Engine = Callable[[str], bytes]
_POINTS: Final = 72.0
_MANY: Final = 2500
_FEW: Final = 250
_TURNS: Final = 3
_CLEARANCE: Final = 10.0
_LOOSE: Final = 2.0
_BEND: Final = 6.0
Spans = Mapping[tuple[str, str], int]
_NO_SPANS: Final[Spans] = {}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> "Box":
        return Box(self.x + right, self.y + down, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow's way as cubic curves (start, then three points each), its tip, and the middle of its label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None = None

    def moved(self, right: float, down: float) -> "Route":
        label = _moved(self.label, right, down) if self.label else None
        points = tuple(_moved(point, right, down) for point in self.points)
        return Route(points, _moved(self.tip, right, down), label)


@dataclass(frozen=True, slots=True)
class Layout:
    """A place for every node and group by id, and a way for every edge and bundle in the picture's order."""

    width: float
    height: float
    nodes: Mapping[str, Box]
    groups: Mapping[str, Box]
    routes: tuple[Route, ...]
    shapes: Mapping[str, Shape]
    bundles: tuple[Route, ...] = ()


def arrange(picture: Picture, engine: Engine, down: bool = False, spans: Spans = _NO_SPANS) -> Layout:
    """Lay the picture out with an engine that turns DOT source into Graphviz's JSON; calls go right, or `down`.

    `spans` are the ends of arrows that go over more columns than one, and over how many. How well Graphviz arranges
    boxes depends on the order in which it hears of them. A picture that lays out in no time is laid out in several
    orders, and the one with the shortest arrows is kept.
    """
    shapes = {node.id: shape(node) for node in picture.nodes}
    orders = _orders(picture) if not _crowded(picture) else [tuple(range(len(picture.groups)))]
    answers = [json.loads(engine(source(picture, shapes, order, down, spans))) for order in orders]
    return min((_read(picture, shapes, answer, down) for answer in answers), key=_ink)


def source(
    picture: Picture,
    shapes: Mapping[str, Shape],
    order: Sequence[int],
    down: bool = False,
    spans: Spans = _NO_SPANS,
) -> str:
    """The DOT source that fixes sizes and leaves places to Graphviz; `order` is that of the groups."""
    names = {node.id: f"n{at}" for at, node in enumerate(picture.nodes)}
    graph = graphviz.Digraph(name="picture", graph_attr=_graph_attributes(picture, down))
    graph.attr("node", shape="box", fixedsize="true", label="")
    graph.attr("edge", arrowsize="0.8", fontname="Helvetica", fontsize=str(LABEL_SIZE))
    clearance = _CLEARANCE if _crowded(picture) else 0.0
    inside: dict[str, list[Node]] = {group.id: [] for group in picture.groups}
    for node in picture.nodes:
        if node.group in inside:
            inside[node.group].append(node)
        else:
            _put(graph, names[node.id], node, shapes[node.id], clearance)
    for at in order:
        group = picture.groups[at]
        with graph.subgraph(name=f"cluster_{at}") as box:
            letters = max(1, round(text_width(group.name, GROUP_SIZE) / 10))
            box.attr(label="M" * letters, margin="11", fontsize=f"{GROUP_SIZE:g}")
            for node in inside[group.id]:
                _put(box, names[node.id], node, shapes[node.id], clearance)
    for at in range(len(picture.edges)):
        edge = picture.edges[at]
        span = spans.get((edge.source, edge.target), 1)
        _join(graph, picture, at, names, "" if down else _port(edge, shapes), span)
    return str(graph.source)


def _orders(picture: Picture) -> list[tuple[int, ...]]:
    """Some orders of the groups: as they are, turned around, and with each of a few at the front."""
    natural = tuple(range(len(picture.groups)))
    rotated = [natural[at:] + natural[:at] for at in range(1, min(len(natural), _TURNS))]
    orders = [natural, *rotated, *(order[::-1] for order in (natural, *rotated))]
    return list(dict.fromkeys(orders))


def _ink(layout: Layout) -> float:
    """How long all arrows are, and how large the page is."""
    arrows = sum(math.dist(a, b) for route in layout.routes for a, b in pairwise(route.points[::3]))
    return arrows + 4 * (layout.width + layout.height)


def _graph_attributes(picture: Picture, down: bool) -> dict[str, str]:
    """Few arrows get all the room and time; many get little room each, and Graphviz's searches an end."""
    attributes = {
        "rankdir": "TB" if down else "LR",
        "nodesep": "0.16",
        "ranksep": "0.42",
        "splines": "true",
        "labeljust": "l",
        "mclimit": "4",
    }
    if _crowded(picture):
        attributes |= {"nodesep": "0.02", "ranksep": "1", "mclimit": "0.1"}
    if len(picture.edges) > _MANY:
        attributes |= {"nslimit": "2", "mclimit": "0.01", "splines": "line"}
    return attributes


def _crowded(picture: Picture) -> bool:
    return len(picture.edges) > _FEW


def _put(graph: graphviz.Digraph, name: str, node: Node, shape: Shape, clearance: float) -> None:
    size = {"width": f"{shape.width / _POINTS:.4f}", "height": f"{(shape.height + clearance) / _POINTS:.4f}"}
    if node.kind.value == "channel":
        graph.node(name, shape="circle", **size)
    else:
        graph.node(name, **size)


def _join(graph: graphviz.Digraph, picture: Picture, at: int, names: Mapping[str, str], port: str, span: int) -> None:
    edge = picture.edges[at]
    attributes = {"id": f"e{at}"} | ({"minlen": str(span)} if span > 1 else {})
    label = edge_label(edge, picture)
    if label:
        attributes["label"] = "M" * max(1, round(text_width(label, LABEL_SIZE) / (0.83 * LABEL_SIZE) + 0.5))
    graph.edge(names[edge.source], names[edge.target] + port, **attributes)


def _port(edge: Edge, shapes: Mapping[str, Shape]) -> str:
    """Calls arrive at the callee's left, in its middle: Graphviz refuses some arrows between nodes that have rows."""
    return ":w" if _called(edge, shapes[edge.target]) else ""


def _called(edge: Edge, target: Shape) -> PortShape | None:
    """The access point that a call is made to."""
    if edge.kind is not EdgeKind.CALL:
        return None
    alone = len(target.ports) == 1
    return next((port for port in target.ports if alone or port.name == edge.endpoint), None)


def _read(picture: Picture, shapes: Mapping[str, Shape], answer: dict[str, Any], down: bool) -> Layout:
    _, _, width, height = (float(each) for each in answer["bb"].split(","))
    objects = {each["name"]: each for each in answer.get("objects", [])}
    nodes: dict[str, Box] = {}
    for at, node in enumerate(picture.nodes):
        x, y = _point(objects[f"n{at}"]["pos"], height)
        size = shapes[node.id]
        nodes[node.id] = Box(x - size.width / 2, y - size.height / 2, size.width, size.height)
    groups: dict[str, Box] = {}
    for at, group in enumerate(picture.groups):
        left, bottom, right, top = (float(each) for each in objects[f"cluster_{at}"]["bb"].split(","))
        groups[group.id] = Box(left, height - top, right - left, top - bottom)
    drawn = {each["id"]: each for each in answer.get("edges", [])}
    routes = tuple(
        _attached(_route(drawn[f"e{at}"], height), edge, nodes[edge.source], None if down else shapes[edge.target])
        for at, edge in enumerate(picture.edges)
    )
    return Layout(width, height, nodes, groups, routes, shapes)


def _route(edge: Mapping[str, Any], height: float) -> Route:
    """The way from the caller to the tip. Graphviz tells some of those that it turned around from tip to caller."""
    tip: Point | None = None
    turned = False
    points: list[Point] = []
    for part in edge["pos"].split(";")[0].split():
        if part.startswith(("s,", "e,")):
            tip, turned = _point(part[2:], height), part.startswith("s,")
        else:
            points.append(_point(part, height))
    if turned:
        points.reverse()
    return Route(tuple(points), tip or points[-1], _point(edge["lp"], height) if "lp" in edge else None)


def _attached(route: Route, edge: Edge, source: Box, target: Shape | None) -> Route:
    """The route with its ends where they belong: at the caller's box, and at the access point of a target if told."""
    x, y = route.points[0]
    near = (min(max(x, source.x), source.x + source.width), min(max(y, source.y), source.y + source.height))
    off = (near[0] - x, near[1] - y) if math.dist(near, (x, y)) > _LOOSE else (0.0, 0.0)
    port = _called(edge, target) if target else None
    down = port.top + (port.height - target.height) / 2 if target and port else 0.0
    start, first, *others = route.points
    points = (_moved(start, *off), _moved(first, *off), *_bent(others, down))
    return Route(points, _moved(route.tip, 0, down), route.label)


def _bent(points: Sequence[Point], down: float) -> Iterator[Point]:
    """The points with the last two moved, and those before them the less the farther they are from the end."""
    for at, point in enumerate(points):
        share = math.dist(point, points[-1]) / (_BEND * abs(down)) if down else 0.0
        yield _moved(point, 0, down if at >= len(points) - 2 else down * max(0.0, 1 - share))


def _moved(point: Point, right: float, down: float) -> Point:
    return point[0] + right, point[1] + down


def _point(text: str, height: float) -> Point:
    x, y = text.split(",")[:2]
    return float(x), height - float(y)
