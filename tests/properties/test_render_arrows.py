"""Every drawn arrow starts at its caller and ends with its head at what it calls, rings or not."""

import shutil
from typing import Final

import pytest
from hypothesis import example as tried
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import WHEEL

from oneway.application.layout_engine import LayoutChoice, LayoutEngine, layout_engines
from oneway.render.layout import Box, Layout, Point, arrange
from oneway.render.picture import Edge, Group, Node, NodeKind, Picture, Port

NEAR: Final = 4.0
ENGINES: Final = (WHEEL, *(layout_engines(LayoutChoice.DOT) if shutil.which("dot") else ()))


def service(name: str, domain: str, ports: int) -> Node:
    return Node(name, NodeKind.SERVICE, name, domain, ports=tuple(Port(f"port-{at}", 8080 + at) for at in range(ports)))


def system(nodes: tuple[Node, ...], calls: set[tuple[int, int, int]]) -> Picture:
    edges = [
        Edge(nodes[a].id, nodes[b].id, endpoint=nodes[b].ports[port % len(nodes[b].ports)].name) for a, b, port in calls
    ]
    groups = tuple(Group(name, name) for name in sorted({node.group for node in nodes if node.group}))
    return Picture("random", nodes=nodes, edges=tuple(sorted(set(edges), key=lambda edge: edge.key)), groups=groups)


@st.composite
def systems(draw: st.DrawFn) -> Picture:
    """Up to nine services in up to four boxes or none, with calls in any direction."""
    domains = st.sampled_from(["", "back", "edge", "foundation", "vision"])
    size = draw(st.integers(2, 9))
    nodes = tuple(service(f"service-{at}", draw(domains), draw(st.integers(1, 3))) for at in range(size))
    end = st.integers(0, size - 1)
    return system(nodes, draw(st.sets(st.tuples(end, end, st.integers(0, 2)), min_size=1, max_size=3 * size)))


RING: Final = system(
    (service("caption", "vision", 1), service("gateway", "edge", 1), service("id", "foundation", 1)),
    {(0, 2, 0), (1, 0, 0), (1, 2, 0), (2, 1, 0)},
)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: "wheel" if engine is WHEEL else "dot")
@settings(max_examples=40, deadline=None)
@given(systems())
@tried(RING)
def test_arrows_lead_from_the_caller_to_the_access_point_that_is_called(engine: LayoutEngine, picture: Picture) -> None:
    layout = arrange(picture, engine.run)
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        assert away(route.points[0], layout.nodes[edge.source]) < NEAR, f"{edge.key} starts elsewhere"
        assert away(route.tip, access_point(layout, edge)) < NEAR, f"{edge.key} ends elsewhere"
        assert away(route.points[-1], Box(*route.tip, 0, 0)) < 3 * NEAR, f"the head of {edge.key} has come off"


def access_point(layout: Layout, edge: Edge) -> Box:
    """The left side of the blue box that the call is made to."""
    box, ports = layout.nodes[edge.target], layout.shapes[edge.target].ports
    port = next(each for each in ports if each.name == edge.endpoint)
    return Box(box.x, box.y + port.top, 0, port.height)


def away(point: Point, box: Box) -> float:
    """How far a point is outside a box."""
    x = max(box.x - point[0], point[0] - box.x - box.width, 0.0)
    y = max(box.y - point[1], point[1] - box.y - box.height, 0.0)
    return max(x, y)
