"""Figures and orders of the graph that random graphs do not pin down: amplification, worst paths, large closures."""

import random
from itertools import combinations, pairwise

import networkx
import pytest

from oneway.errors import OnewayError
from oneway.graph import CallGraph, build, paths, reach, rings, smallest_cut
from oneway.graph.paths import amplification
from oneway.model import Call, Platform, Service, System


def graph(**calls: list[Call]) -> CallGraph:
    """Services by their names, and what each calls; who is only called has no calls."""
    names = {*calls, *(call.to for made in calls.values() for call in made)}
    services = {
        name: Service(
            api_version="oneway/v1", name=name, version="1.0.0", owner="o", domain="d", calls=tuple(calls.get(name, ()))
        )
        for name in sorted(names)
    }
    files = {name: f"{name}.yaml" for name in services}
    return build(System(Platform(api_version="oneway/v1", name="p"), services, files, "platform.yaml"))


def ways(made: CallGraph, start: str, end: str) -> list[list[str]]:
    return [[edge.target for edge in path] for path in paths(made, start, end).paths]


@pytest.mark.parametrize(
    ("first", "second", "requests"),
    [
        (Call(to="b"), Call(to="c"), 1.0),
        (Call(to="b", retries=2), Call(to="c"), 3.0),
        (Call(to="b", retries=2), Call(to="c", retries=3), 12.0),
        (Call(to="b", per_request=2.5), Call(to="c", retries=1), 5.0),
        (Call(to="b", per_request=0.25), Call(to="c", per_request=0.5), 0.125),
    ],
)
def test_each_try_and_each_call_of_a_request_multiplies(first: Call, second: Call, requests: float) -> None:
    (path,) = paths(graph(a=[first], b=[second]), "a", "c").paths
    assert amplification(path) == requests


def test_amplification_ends_where_no_figure_means_anything() -> None:
    chain = {f"s{number}": [Call(to=f"s{number + 1}", per_request=1000)] for number in range(9)}
    (path,) = paths(graph(**chain), "s0", "s9").paths
    assert amplification(path) == 1e15


def test_paths_that_are_needed_come_first_then_those_that_amplify_most_then_the_longest() -> None:
    made = graph(
        a=[Call(to="b"), Call(to="c", retries=2), Call(to="d"), Call(to="e", required=False, retries=9)],
        b=[Call(to="z")],
        c=[Call(to="z")],
        d=[Call(to="f")],
        e=[Call(to="z")],
        f=[Call(to="z")],
    )
    assert ways(made, "a", "z") == [["c", "z"], ["d", "f", "z"], ["b", "z"], ["e", "z"]]


def test_two_calls_of_one_service_are_two_paths() -> None:
    made = graph(a=[Call(to="b", retries=1), Call(to="b", required=False)])
    found = paths(made, "a", "b").paths
    assert [(edge.call.retries, edge.call.required) for (edge,) in found] == [(1, True), (0, False)]


def test_every_bit_of_a_large_closure_is_its_own() -> None:
    names = [f"n{number:03}" for number in range(70)]
    chain = {name: [Call(to=following)] for name, following in pairwise(names)}
    found = reach(graph(**chain).successors)
    for at in (0, 1, 7, 8, 9, 55, 63, 64, 69):
        assert found.of(names[at]) == names[at + 1 :]
        assert found.count(names[at]) == 69 - at
    assert found.mask(names[3:]) == found.sets[names[3]]
    assert found.mask([]) == 0
    assert found.mask([names[8]]) == 1 << found.numbers[names[8]]


def test_short_rings_come_first_and_equal_ones_by_name() -> None:
    made = graph(
        a=[Call(to="b"), Call(to="d")],
        b=[Call(to="c"), Call(to="x")],
        c=[Call(to="a")],
        d=[Call(to="a")],
        x=[Call(to="b")],
    )
    (found,) = rings(made)
    assert [[edge.source for edge in ring] for ring in found.rings] == [["a", "d"], ["b", "x"], ["a", "b", "c"]]


def test_there_are_no_waves_in_a_ring_and_it_is_said_who_is_in_it() -> None:
    made = graph(a=[Call(to="b")], b=[Call(to="a")], c=[Call(to="a")])
    with pytest.raises(OnewayError, match=r"^a, b call each other in a ring$") as raised:
        made.waves()
    assert raised.value.hint == "see `platform check`"
    assert graph(a=[Call(to="b")], b=[Call(to="c")], d=[Call(to="c")]).waves() == [("c",), ("b", "d"), ("a",)]


def dense(size: int, back: int, seed: int) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """Nearly every call goes forward, with five calls of each; `back` single ones go back. All, and those back."""
    source = random.Random(seed)
    names = [f"s{number:02}" for number in range(size)]
    source.shuffle(names)
    forward = {(one, other): 5 for one, other in combinations(names, 2) if source.random() < 0.8}
    forward |= dict.fromkeys(pairwise(names), 5)
    planted = {(names[-1], names[0])}
    while len(planted) < back:
        one, other = sorted(source.sample(range(size), 2))
        planted.add((names[other], names[one]))
    return forward | dict.fromkeys(planted, 1), planted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("size", "back"), [(28, 30), (34, 40), (60, 60)])
def test_where_the_exact_search_ends_the_small_set_is_still_of_the_cheap_calls(size: int, back: int, seed: int) -> None:
    weights, planted = dense(size, back, seed)
    cut = smallest_cut(weights)
    left = networkx.DiGraph([pair for pair in weights if pair not in cut.pairs])
    assert networkx.is_directed_acyclic_graph(left)
    assert not cut.exact
    assert sum(weights[pair] for pair in cut.pairs) <= 1.2 * len(planted)
    if len(weights) <= 600:
        for caller, callee in cut.pairs:
            assert networkx.has_path(left, callee, caller), "it could have stayed"


def test_a_small_component_is_cut_exactly_and_it_says_so() -> None:
    for weights, pairs in (
        ({("a", "b"): 1, ("b", "a"): 2}, (("a", "b"),)),
        ({("a", "b"): 1, ("b", "c"): 1, ("c", "a"): 1, ("c", "b"): 1}, (("b", "c"),)),
    ):
        cut = smallest_cut(weights)
        assert (cut.pairs, cut.exact) == (pairs, True)
