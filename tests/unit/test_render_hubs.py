"""Names instead of arrows: to what many call, and between domains where arrows are too many to follow."""

import re

import pytest
from pictures import WHEEL, changed_grocer, example, picture_of

from oneway.render import FORMATS, By, Picture, View, difference, seen
from oneway.render.blocks import CROWDED, in_blocks, is_crowded
from oneway.render.hubs import AUTOMATIC, fold_hubs
from oneway.render.picture import Edge, EdgeKind, Node
from oneway.render.svg import svg
from oneway.render.views import rolled_up
from tools.bench import lifelike


def lively(services: int) -> Picture:
    files = {name: text.encode() for name, text in lifelike.system(services, 1).items()}
    return picture_of(files)


def node(picture: Picture, id: str) -> Node:
    return next(each for each in picture.nodes if each.id == id)


def all_edges(picture: Picture) -> list[Edge]:
    return sorted((*picture.edges, *picture.folded), key=lambda edge: edge.key)


def test_what_many_call_gets_no_arrows_and_its_callers_get_its_name() -> None:
    whole = lively(60)
    callers = {edge.source for edge in whole.edges if edge.target == "ids"}
    assert len(callers) >= AUTOMATIC
    picture = fold_hubs(whole)
    assert not [edge for edge in picture.edges if edge.target == "ids"]
    assert {each.id for each in picture.nodes if "ids" in [mark.name for mark in each.marks]} == callers
    assert node(picture, "ids").folded_callers == len(callers)
    assert picture.calls == whole.calls
    assert all_edges(picture) == sorted(whole.edges, key=lambda edge: edge.key)


@pytest.mark.parametrize(("degree", "hubs"), [(1000, set()), (0, set()), (19, {"ids"}), (20, set())])
def test_the_reader_says_from_how_many_callers_on(degree: int, hubs: set[str]) -> None:
    picture = fold_hubs(lively(60), degree)
    assert {edge.target for edge in picture.folded} == hubs


def test_a_small_picture_keeps_its_arrows_unless_asked() -> None:
    ring = example("ring")
    assert fold_hubs(ring) == ring
    assert seen(example("channels"), View()).folded == ()


def test_the_service_in_focus_keeps_its_arrows() -> None:
    picture = seen(lively(60), View(focus="ids"))
    assert {edge.target for edge in picture.edges if edge.kind is EdgeKind.CALL} >= {"ids"}
    assert "ids" not in {edge.target for edge in picture.folded}


def test_rings_and_differences_stay_arrows_at_hubs() -> None:
    compared = difference(example("grocer"), picture_of(changed_grocer()), "REV")
    picture = fold_hubs(compared, 1)
    assert all(not edge.ring and edge.change == "same" for edge in picture.folded)
    assert {edge.key for edge in compared.edges if edge.ring or edge.change != "same"} <= {e.key for e in picture.edges}


def test_a_crowded_picture_has_one_arrow_for_all_between_two_domains() -> None:
    grocer = example("grocer")
    assert is_crowded(grocer)
    picture = in_blocks(grocer)
    home = {each.id: each.group for each in picture.nodes}
    assert all(home[edge.source] == home[edge.target] for edge in picture.edges)
    assert sum(bundle.count for bundle in picture.bundles) == len(picture.folded)
    assert picture.calls == grocer.calls
    assert all_edges(picture) == sorted(grocer.edges, key=lambda edge: edge.key)
    assert {group.name for group in picture.groups} >= {"channels", "externals"}
    for edge in picture.folded:
        near, far = (edge.target, edge.source) if edge.kind is EdgeKind.SUBSCRIBE else (edge.source, edge.target)
        assert node(picture, far).name in [mark.name for mark in node(picture, near).marks]


def test_few_arrows_between_domains_are_drawn_one_by_one() -> None:
    assert not is_crowded(lively(30))
    assert seen(lively(30), View()).bundles == ()
    assert sum(each.kind is EdgeKind.CALL for each in lively(30).edges) > CROWDED


def test_off_draws_every_arrow() -> None:
    picture = seen(example("grocer"), View(hubs=0))
    assert (picture.folded, picture.bundles) == ((), ())
    assert len(picture.edges) == len(example("grocer").edges)


@pytest.mark.parametrize("by", [By.DOMAIN, By.OWNER])
def test_rolled_up_pictures_have_no_names_instead_of_arrows(by: By) -> None:
    assert seen(example("grocer"), View(by=by)).folded == ()


@pytest.mark.parametrize("format", ["svg", "dot", "mmd", "md", "html"])
def test_every_drawing_names_the_hub_at_its_callers(format: str) -> None:
    picture = seen(lively(60), View(), format)
    drawn = FORMATS[format].draw(picture, WHEEL.run).decode()
    caller = next(edge.source for edge in picture.folded if edge.target == "ids")
    place = drawn.index(caller)
    assert "ids" in drawn[place:]
    assert f"{node(picture, 'ids').folded_callers} callers" in drawn


def test_json_holds_every_call_whatever_is_drawn() -> None:
    import json

    for picture in (example("grocer"), seen(example("grocer"), View(), "json"), seen(example("grocer"), View())):
        document = json.loads(FORMATS["json"].draw(picture, WHEEL.run))
        assert len(document["edges"]) == 154


def test_a_ring_between_blocks_is_red_and_named_with_the_call_to_cut() -> None:
    compared = difference(example("grocer"), picture_of(changed_grocer()), "REV")
    drawn = svg(in_blocks(compared), WHEEL.run)
    assert re.search(r'class="tag call added"', drawn)
    assert ">+ duties<" in drawn


@pytest.mark.parametrize("services", [120, 300])
@pytest.mark.parametrize("by", [By.DOMAIN, By.OWNER])
def test_domains_are_the_same_whatever_was_folded_before(services: int, by: By) -> None:
    """A page of very many services is drawn by domain, after its services were put in blocks."""
    whole = lively(services)
    folded = in_blocks(fold_hubs(whole))
    assert folded.bundles
    assert folded.folded
    assert rolled_up(folded, by) == rolled_up(whole, by)
    assert not rolled_up(folded, by).bundles
