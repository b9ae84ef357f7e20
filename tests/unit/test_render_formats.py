"""What the formats promise beyond their looks: structure, places, and the same from both Graphvizes."""

import json
import re
import shutil
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from pictures import WHEEL, example

from oneway.application.layout_engine import LayoutChoice, layout_engines
from oneway.render import FORMATS, Picture, View, seen
from oneway.render.layout import Box, arrange
from oneway.render.markup import fitted
from oneway.render.measure import text_width
from oneway.render.svg import svg

SVG = "{http://www.w3.org/2000/svg}"


def structure(drawing: str) -> tuple[set[str], list[tuple[str, str, str]], int]:
    """Nodes, arrows and boxes of an SVG, whatever their places."""
    root = ElementTree.fromstring(drawing)
    groups = list(root.iter(f"{SVG}g"))
    nodes = {each.get("data-id", "") for each in groups if each.get("data-id")}
    edges = sorted(
        (each.get("data-from", ""), each.get("data-to", ""), each.get("class", ""))
        for each in groups
        if each.get("data-from")
    )
    return nodes, edges, sum(each.get("class") == "group" for each in groups)


@pytest.mark.parametrize("name", ["ring", "channels", "grocer"])
def test_svg_holds_every_node_arrow_and_box(name: str) -> None:
    picture = example(name)
    nodes, edges, boxes = structure(svg(picture, WHEEL.run))
    assert nodes == {node.id for node in picture.nodes}
    assert [(source, target) for source, target, _ in edges] == sorted((e.source, e.target) for e in picture.edges)
    assert boxes == len(picture.groups)


@pytest.mark.skipif(shutil.which("dot") is None, reason="no dot on PATH: apt-get install graphviz compares both")
@pytest.mark.parametrize("name", ["ring", "channels", "grocer"])
def test_both_graphvizes_give_the_same_structure(name: str) -> None:
    (native,) = layout_engines(LayoutChoice.DOT)
    picture = example(name)
    assert structure(svg(picture, native.run)) == structure(svg(picture, WHEEL.run))


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_the_same_picture_gives_the_same_bytes(format: str) -> None:
    one, other = (FORMATS[format].draw(example("ring"), WHEEL.run) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ["ring", "channels", "grocer"])
def test_no_node_overlaps_another_and_all_stand_in_their_boxes(name: str) -> None:
    picture = example(name)
    layout = arrange(picture, WHEEL.run)
    boxes = [layout.nodes[node.id] for node in picture.nodes]
    assert not any(_overlap(a, b) for at, a in enumerate(boxes) for b in boxes[:at])
    for node in picture.nodes:
        if node.group:
            assert _inside(layout.nodes[node.id], layout.groups[node.group])


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def _inside(inner: Box, outer: Box) -> bool:
    right, bottom = outer.x + outer.width, outer.y + outer.height
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= right
        and inner.y + inner.height <= bottom
    )


def test_lines_tell_required_from_optional_from_asynchronous_and_rings() -> None:
    classes = {(source, target): words for source, target, words in structure(svg(example("ring"), WHEEL.run))[1]}
    assert classes["shop", "stock"] == "edge call optional"
    assert classes["shop", "orders"] == "edge call"
    assert classes["bills", "orders"] == "edge call optional ring cut"
    assert classes["orders", "stock"] == "edge call ring"
    channels = {words for _, _, words in structure(svg(example("channels"), WHEEL.run))[1]}
    assert {"edge publish", "edge subscribe"} <= channels


def test_legend_names_only_what_occurs() -> None:
    ring, channels = svg(example("ring"), WHEEL.run), svg(example("channels"), WHEEL.run)
    assert "ring of calls" in ring
    assert "channel (asynchronous)" not in ring
    assert "channel (asynchronous)" in channels
    assert "ring of calls" not in channels


@pytest.mark.parametrize("required", [True, False])
def test_legend_tells_solid_from_dashed_where_all_calls_are_in_a_ring(required: bool) -> None:
    ring = example("ring")
    inside = tuple(replace(edge, required=required) for edge in ring.edges if edge.ring)
    assert inside
    drawing = svg(replace(ring, edges=inside), WHEEL.run)
    assert (">required call</text>" in drawing) is required
    assert (">call, not required</text>" in drawing) is not required


def test_labels_are_written_when_asked_for() -> None:
    assert ">500ms</text>" in svg(seen(example("ring"), View(labels=True)), WHEEL.run)
    assert ">500ms</text>" not in svg(example("ring"), WHEEL.run)


def test_text_that_must_fit_carries_its_measured_width() -> None:
    texts = list(ElementTree.fromstring(svg(example("grocer"), WHEEL.run)).iter(f"{SVG}text"))
    held = {(each.get("class"), each.text): each for each in texts if each.get("textLength")}
    sizes = {
        ("meta", "elif · 2.1.8 · ×3"): (11, False),
        ("name", "partner-gateway"): (13, True),
        ("port-name", ":8080"): (11, False),
        ("key", "call, not required"): (11, False),
    }
    for (name, text), (size, bold) in sizes.items():
        assert held[name, text].get("textLength") == f"{text_width(text, size, bold):.1f}"
        assert held[name, text].get("lengthAdjust") == "spacingAndGlyphs"


@pytest.mark.parametrize(("text", "room"), [("short", 100), ("日本語", 30), ("注文🚀", 30), ("Ωμέγα", 30), ("", 0)])
def test_text_with_room_or_of_guessed_width_stays_as_it_is(text: str, room: float) -> None:
    assert fitted(text, 10, room) == ""


def test_every_word_of_the_legend_has_a_known_width() -> None:
    drawing = svg(example("ring"), WHEEL.run)
    keys = re.findall('<text class="key"[^>]*>', drawing)
    assert any("ring of calls" in part for part in drawing.split('<text class="key"'))
    assert all("textLength" in key for key in keys)


def test_svg_has_words_for_those_who_cannot_see_it_and_a_dark_side() -> None:
    drawing = svg(example("ring"), WHEEL.run)
    assert 'role="img" aria-labelledby="title description"' in drawing
    assert (
        "<title>bills calls orders/http, not required, timeout 500ms; part of a ring, cut this call</title>" in drawing
    )
    assert "@media (prefers-color-scheme: dark)" in drawing


def test_png_is_twice_the_size_and_green_where_services_are() -> None:
    picture = example("ring")
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg(picture, WHEEL.run)).groups())  # type: ignore[union-attr]
    content = FORMATS["png"].draw(picture, WHEEL.run)
    assert content.startswith(b"\x89PNG\r\n")
    assert struct.unpack(">II", content[16:24]) == pytest.approx((2 * width, 2 * height), abs=2)


def test_json_keeps_its_promised_shape() -> None:
    document = json.loads(FORMATS["json"].draw(example("channels"), WHEEL.run))
    assert document["version"] == 1
    kinds = {node["kind"] for node in document["nodes"]}
    assert kinds == {"service", "endpoint", "channel", "external"}
    assert {edge["kind"] for edge in document["edges"]} == {"call", "publish", "subscribe"}
    camera = next(node for node in document["nodes"] if node["id"] == "camera")
    assert (camera["domain"], camera["owner"], camera["version"], camera["replicas"]) == ("intake", "ada", "1.0.1", "1")
    ids = {node["id"] for node in document["nodes"]}
    assert all({edge["from"], edge["to"]} <= ids for edge in document["edges"])
    call = next(edge for edge in document["edges"] if edge["kind"] == "call")
    assert call == {
        "from": "upload",
        "to": "external:archive",
        "kind": "call",
        "required": True,
        "endpoint": None,
        "timeout": "1s",
        "retries": 0,
        "version": None,
    }


def test_empty_system_is_an_empty_picture() -> None:
    empty = Picture("nothing")
    for format in FORMATS:
        assert FORMATS[format].draw(empty, WHEEL.run)


def test_text_beyond_latin_is_drawn_too() -> None:
    picture = example("ring")
    greek = replace(picture, owners=tuple(replace(owner, name="Ωμέγα 日本") for owner in picture.owners))
    assert FORMATS["png"].draw(greek, WHEEL.run).startswith(b"\x89PNG")
    assert "Ωμέγα 日本" in svg(greek, WHEEL.run)
