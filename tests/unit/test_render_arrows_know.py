"""What an arrow knows: its protocol where it is not HTTP, how often it is made, and what rules say of it."""

from dataclasses import replace

import pytest
from pictures import WHEEL, contents

from oneway.graph import build
from oneway.manifest import load
from oneway.render import Note, Picture, draw
from oneway.render.hubs import fold_hubs
from oneway.render.picture import Edge
from oneway.render.shapes import sign
from oneway.render.svg import svg
from oneway.render.words import edge_words


def picture(*notes: Note) -> Picture:
    return draw(build(load(contents("grocer").items()).system), {"orders": notes} if notes else None)


def edge(picture: Picture, source: str, target: str) -> Edge:
    return next(each for each in picture.edges if (each.source, each.target) == (source, target))


def words(picture: Picture, source: str, target: str) -> str:
    return edge_words(edge(picture, source, target), {node.id: node.name for node in picture.nodes})


def test_a_protocol_is_said_where_it_is_not_http() -> None:
    assert ", grpc" in words(picture(), "orders", "ids")
    assert "http," not in words(picture(), "orders", "documents").replace("documents/http,", "")


def test_requests_per_second_follow_the_load_down_the_calls() -> None:
    files = contents("grocer")
    files["manifests/web-gateway.yaml"] += b"load: {requests_per_second: 40}\n"
    graph = build(load(files.items()).system)
    call = graph.calls["web-gateway"][0]
    below = graph.calls[call.target][0]
    drawn = draw(graph)
    assert edge(drawn, "web-gateway", call.target).rate == pytest.approx(40 * call.call.per_request)
    assert edge(drawn, call.target, below.target).rate == pytest.approx(
        graph.demand[call.target] * below.call.per_request
    )
    assert ", about 40 requests/s" in words(drawn, "web-gateway", call.target)
    assert "wider: more requests/s" in svg(drawn, WHEEL.run)


def test_a_finding_about_a_call_stands_on_its_arrow_and_in_its_words() -> None:
    note = Note("timeout-budget", "error", "takes too long", "manifests/orders.yaml:9:5", about="documents")
    minded = picture(note)
    assert sign(edge(minded, "orders", "documents")) == "!"
    assert sign(edge(minded, "orders", "ledger")) == ""
    assert "error: takes too long (timeout-budget)" in words(minded, "orders", "documents")
    assert 'class="pill minded"' in svg(minded, WHEEL.run)
    assert "a rule minds this call" in svg(minded, WHEEL.run)
    assert "minded" not in svg(picture(), WHEEL.run).split("</style>")[1]


def test_a_finding_about_a_call_to_a_hub_stands_at_its_name() -> None:
    note = Note("timeout-budget", "error", "takes too long", "manifests/orders.yaml:9:5", about="ids")
    folded = fold_hubs(picture(note))
    assert ">! ids<" in svg(folded, WHEEL.run)


def test_a_call_that_is_to_be_cut_says_that_alone() -> None:
    note = Note("call-cycle", "error", "ring", "a:1:1")
    assert sign(replace(Edge("a", "b"), ring=True, cut=True, notes=(note,))) == "cut"
