"""Views of a picture: rolled up, focused, reduced, thinned, and what of a large system is shown."""

from dataclasses import replace

import pytest
from pictures import changed_grocer, example, picture_of

from oneway.errors import UsageError
from oneway.render import By, Direction, Picture, View, difference, seen, words
from oneway.render.merging import merged
from oneway.render.picture import Change, Edge, EdgeKind, NodeKind
from oneway.render.svg import svg
from oneway.render.views import READABLE, focused, reduced, rolled_up


def manifest(name: str, domain: str, calls: str = "") -> tuple[str, bytes]:
    text = f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: o\ndomain: {domain}\ncalls: [{calls}]\n"
    return f"manifests/{name}.yaml", text.encode()


def system(*manifests: tuple[str, bytes]) -> Picture:
    platform = b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {a: {}, b: {}}\n"
    return picture_of([("manifests/platform.yaml", platform), *manifests])


def names(picture: Picture) -> set[str]:
    return {node.name for node in picture.nodes}


def arrows(picture: Picture) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in picture.edges}


def test_rolling_up_keeps_every_call_counted() -> None:
    grocer = example("grocer")
    for by in (By.DOMAIN, By.OWNER):
        rolled = rolled_up(grocer, by)
        assert rolled.calls == grocer.calls == 130
        assert rolled.services == grocer.services == 60
        assert all(edge.source != edge.target for edge in rolled.edges)
    storefront = next(node for node in rolled_up(grocer, By.DOMAIN).nodes if node.name == "storefront")
    assert (storefront.services, storefront.inside, storefront.owner) == (10, 13, "dana")


def test_a_rolled_up_arrow_is_required_when_one_of_its_calls_is() -> None:
    picture = rolled_up(
        system(
            manifest("x", "a", "{to: z, required: false}"),
            manifest("y", "a", "{to: z}"),
            manifest("z", "b", "{to: w, required: false}"),
            manifest("w", "a"),
        ),
        By.DOMAIN,
    )
    assert [(edge.source, edge.target, edge.count, edge.required) for edge in picture.edges] == [
        ("domain:a", "domain:b", 2, True),
        ("domain:b", "domain:a", 1, False),
    ]


@pytest.mark.parametrize(
    ("depth", "direction", "seen_around"),
    [
        (0, Direction.BOTH, {"payments", "payment.done"}),
        (1, Direction.CALLERS, {"payments", "checkout", "refunds", "payment.done"}),
        (1, Direction.CALLS, {"payments", "wallets", "cards", "fraud-check", "ledger", "payment.done"}),
    ],
)
def test_focus_sees_what_is_near(depth: int, direction: Direction, seen_around: set[str]) -> None:
    assert names(focused(example("grocer"), "payments", depth, direction)) - {"order.cancelled"} == seen_around


def test_focus_on_a_misspelt_service_asks_for_the_near_one() -> None:
    with pytest.raises(UsageError, match="no service paymnts") as raised:
        seen(example("grocer"), View(focus="paymnts"))
    assert raised.value.hint == "did you mean payments?"


def test_reducing_hides_only_detours_inside_a_domain() -> None:
    chain = [
        manifest("x", "a", "{to: y}, {to: z}, {to: q}"),
        manifest("y", "a", "{to: z}"),
        manifest("z", "a", "{to: q}"),
    ]
    picture = reduced(system(*chain, manifest("q", "b")))
    assert arrows(picture) == {("x", "y"), ("y", "z"), ("x", "q"), ("z", "q")}
    assert picture.calls == 5
    assert picture.remarks == ("1 call inside a domain is not drawn: longer ways lead there as well",)


def test_reducing_keeps_rings_whole() -> None:
    ring = [manifest("x", "a", "{to: y}, {to: z}"), manifest("y", "a", "{to: z}"), manifest("z", "a", "{to: x}")]
    picture = system(*ring)
    assert reduced(picture).edges == picture.edges
    assert {(edge.source, edge.target) for edge in picture.edges if edge.cut} == {("z", "x")}
    assert all(edge.ring for edge in picture.edges)


def many(count: int, domains: int) -> Picture:
    """Every service calls the ten after it; domains follow each other."""
    each = count // domains
    calls = [", ".join(f"{{to: s{to}}}" for to in range(at + 1, min(at + 11, count))) for at in range(count)]
    return system(*(manifest(f"s{at}", f"d{at // each}", calls[at]) for at in range(count)))


def test_more_services_than_a_page_can_show_are_rolled_up_and_it_says_so() -> None:
    small, large = many(300, 3), many(301, 3)
    assert seen(small, View()).by == "service"
    shown = seen(large, View())
    assert shown.by == "domain"
    assert shown.remarks == ("301 services in 4 domains; --by service draws every one",)
    assert seen(large, View(by=By.SERVICE)).by == "service"
    assert seen(large, View(), "html").by == "service"
    assert shown.calls == large.calls


def no_engine(source: str) -> bytes:
    raise AssertionError("nothing is left for Graphviz to lay out")


@pytest.mark.parametrize("domains", [100, 50])
def test_too_many_arrows_to_follow_become_names_at_both_ends(domains: int) -> None:
    carpet = many(200, domains)
    whole = rolled_up(carpet, By.DOMAIN)
    shown = seen(carpet, View(by=By.DOMAIN))
    assert len(whole.edges) > READABLE
    assert shown.edges == ()
    assert {edge.key for edge in shown.folded} == {edge.key for edge in whole.edges}
    assert sum(len(node.marks) for node in shown.nodes) == len(whole.edges)
    assert shown.calls == carpet.calls
    drawn = svg(shown, no_engine)
    assert all(f">{node.name}</text>" in drawn for node in shown.nodes)


def test_of_more_names_than_a_card_can_hold_the_strongest_are_written_and_it_says_so() -> None:
    targets = {at: range(at + 1, min(at + 31, 60)) for at in range(60)}
    calls = {at: ", ".join(f"{{to: s{to}}}" for to in those) for at, those in targets.items()}
    carpet = system(*(manifest(f"s{at}", f"d{at}", calls[at]) for at in range(60)))
    shown = seen(carpet, View(by=By.DOMAIN))
    assert max(len(node.marks) for node in shown.nodes) == 12
    assert shown.remarks[0].startswith(f"{len(shown.folded)} of ")
    assert shown.calls == carpet.calls


def test_a_ring_among_names_stays_a_ring_of_arrows() -> None:
    carpet = many(200, 100)
    first, last = carpet.edges[0], "s199"
    back = replace(first, source=last, target="s0")
    marked = tuple(replace(edge, ring=True) if edge is first else edge for edge in carpet.edges)
    shown = seen(replace(carpet, edges=(*marked, replace(back, ring=True, cut=True))), View(by=By.DOMAIN))
    assert {(edge.source, edge.target) for edge in shown.edges} == {("domain:d99", "domain:d0")}
    drawn = svg(shown, no_engine)
    assert 'data-from="domain:d99" data-to="domain:d0"' in drawn
    assert ">cut</text>" in drawn


def test_difference_marks_and_says_everything_that_changed() -> None:
    picture = difference(example("grocer"), picture_of(changed_grocer()), "REV")
    changed = {node.name: node.change for node in picture.nodes if node.change is not Change.SAME}
    assert changed == {"duties": Change.ADDED, "taxes": Change.REMOVED, "orders": Change.CHANGED}
    assert words(picture).splitlines() == [
        "- new: service duties 1.6.0 (owner mateo, domain foundation)",
        "- service orders: version 1.0.6 → 2.0.6",
        "- gone: service taxes 1.6.3 (owner elif, domain payments)",
        "- checkout calls fraud-check/http: retries 0 → 2",
        "- gone: checkout calls vouchers/http, timeout 250ms",
        "- new: pricing calls duties/http, timeout 200ms",
        "- gone: pricing calls taxes/http, timeout 200ms",
        "- gone: taxes calls documents/http, timeout 150ms",
        "- new: vault calls cards/http, timeout 1s; part of a ring, cut this call",
    ]


def test_difference_of_equals_is_empty_and_says_so() -> None:
    picture = difference(example("ring"), example("ring"), "REV")
    assert {node.change for node in picture.nodes} | {edge.change for edge in picture.edges} == {Change.SAME}
    assert words(picture) == "Nothing in the picture is different.\n"


def test_difference_of_a_large_system_shows_what_differs_and_its_neighbours() -> None:
    before = many(300, 3)
    files = [
        manifest(f"s{at}", f"d{at // 100}", ", ".join(f"{{to: s{to}}}" for to in range(at + 1, min(at + 11, 300))))
        for at in range(300)
    ]
    files[0] = manifest("s0", "d0", "{to: s1}")
    shown = seen(difference(before, system(*files), "REV"), View())
    assert shown.by == "service"
    assert {node.name for node in shown.nodes} >= {"s0", "s1", "s10"}
    assert shown.services < 60
    assert seen(difference(before, system(*files), "REV"), View(by=By.SERVICE)).services == 300
    assert "those that differ" in shown.remarks[-1]


def test_an_environment_is_drawn_as_it_overrides() -> None:
    platform = b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {a: {}}\n"
    platform += b"environments: {prod: {target: local}}\n"
    name, service = manifest("x", "a")
    files = {"manifests/platform.yaml": platform, name: service + b"environments: {prod: {replicas: 7}}\n"}
    assert [picture_of(files, env).nodes[0].replicas for env in (None, "prod")] == ["1", "7"]
    assert picture_of(files, "prod").environment == "prod"


def test_undeclared_names_are_drawn_as_such() -> None:
    picture = system(manifest("x", "a", "{to: nowhere}"))
    (node,) = [node for node in picture.nodes if node.kind is NodeKind.EXTERNAL]
    assert (node.name, node.declared) == ("nowhere", False)
    assert [(edge.source, edge.target) for edge in picture.edges] == [("x", "external:nowhere")]


def test_arrows_between_the_same_ends_are_one_that_counts() -> None:
    soft, hard = Edge("x", "y", required=False, timeout="1s"), Edge("x", "y", required=True, timeout="2s", retries=1)
    assert merged([hard, soft]) == (Edge("x", "y", required=True, count=2, timeout="", retries=1),)
    assert merged([soft, Edge("x", "y", EdgeKind.PUBLISH)])[1].kind is EdgeKind.PUBLISH


def test_examples_hold_what_they_promise() -> None:
    grocer = example("grocer")
    assert len(grocer.groups) == 6
    assert len(grocer.owners) == 3
    assert not any(edge.ring for edge in grocer.edges)
