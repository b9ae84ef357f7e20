"""Laws of the call graph, on random graphs, beside networkx where it knows the answer."""

from itertools import combinations
from typing import Any

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.errors import OnewayError
from oneway.graph import CallGraph, build, condensed, impact, paths, reach, rings, shortest_ring, smallest_cut
from oneway.model import Call, Platform, Service, System

Pairs = list[tuple[int, int]]

pairs = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24)
pairs_in_order = pairs.map(lambda some: [(min(pair), max(pair)) for pair in some if pair[0] != pair[1]])


def graph_of(some: Pairs, optional: frozenset[int] = frozenset()) -> CallGraph:
    """Services s0 to s7 and the calls between them; `optional` are the positions of calls that are not required."""
    calls: dict[int, list[Call]] = {number: [] for number in range(8)}
    for at, (source, target) in enumerate(some):
        calls[source].append(Call(to=f"s{target}", required=at not in optional))
    services = {
        f"s{number}": Service(
            api_version="oneway/v1", name=f"s{number}", version="1.0.0", owner="o", domain="d", calls=tuple(mine)
        )
        for number, mine in calls.items()
    }
    files = {name: f"{name}.yaml" for name in services}
    return build(System(Platform(api_version="oneway/v1", name="p"), services, files, "platform.yaml"))


def known(graph: CallGraph) -> Any:
    """The same graph in networkx, without calls of a service to itself."""
    other: Any = networkx.DiGraph()
    other.add_nodes_from(graph.calls)
    other.add_edges_from((edge.source, edge.target) for edge in graph.edges if edge.source != edge.target)
    return other


def steps(graph: CallGraph, required_only: bool = False) -> dict[str, dict[str, int]]:
    """How many calls a shortest way from each service to each other has (Floyd and Warshall)."""
    far = {name: dict.fromkeys(to, 1) for name, to in graph.successors.items()}
    if required_only:
        far = {name: {edge.target: 1 for edge in edges if edge.call.required} for name, edges in graph.calls.items()}
    for middle in far:
        for start in far:
            for end, more in far[middle].items() if middle in far[start] else ():
                far[start][end] = min(far[start].get(end, 99), far[start][middle] + more)
    return far


@given(pairs)
def test_components_are_those_that_reach_each_other(some: Pairs) -> None:
    graph = graph_of(some)
    far = steps(graph)
    expected = {tuple(sorted({name} | {each for each in far[name] if name in far[each]})) for name in far}
    assert graph.components == tuple(sorted(each for each in expected if len(each) > 1))
    found = condensed(graph.successors)
    assert set(found) == expected
    place = {name: at for at, names in enumerate(found) for name in names}
    assert all(place[edge.target] <= place[edge.source] for edge in graph.edges)


@given(pairs)
def test_rings_are_minimal_and_cover_every_call_of_a_component(some: Pairs) -> None:
    graph = graph_of(some)
    far = steps(graph)
    for each in rings(graph):
        assert each.complete
        covered = set()
        for ring in each.rings:
            names = [edge.source for edge in ring]
            assert all(edge.target == then for edge, then in zip(ring, [*names[1:], names[0]], strict=True))
            assert len(set(names)) == len(names)
            assert names[0] == min(names)
            assert len(ring) in [1 + far[edge.target][edge.source] for edge in ring]
            covered |= {(edge.source, edge.target) for edge in ring}
        members = set(each.component)
        assert covered == {
            (edge.source, edge.target)
            for edge in graph.edges
            if {edge.source, edge.target} <= members and edge.source != edge.target
        }
    assert [each.component for each in rings(graph)] == list(graph.components)


@given(pairs)
def test_the_shortest_ring_through_a_service(some: Pairs) -> None:
    graph = graph_of(some)
    far, network = steps(graph), known(graph)
    for name in graph.calls:
        ring = shortest_ring(network, name)
        assert len(ring) == far[name].get(name, 0)
        assert ring[:1] == [name][: len(ring)]
        assert all(network.has_edge(*pair) for pair in zip(ring, [*ring[1:], *ring[:1]], strict=True))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_the_cut_frees_the_component_and_nothing_smaller_does(some: Pairs) -> None:
    other = known(graph_of(some))
    for group in networkx.strongly_connected_components(other):
        inside = other.subgraph(group)
        if len(group) < 2:
            continue
        cut = smallest_cut(dict.fromkeys(inside.edges, 1))
        assert cut.exact
        assert networkx.is_directed_acyclic_graph(networkx.restricted_view(inside, [], cut.pairs))
        for fewer in combinations(inside.edges, len(cut.pairs) - 1):
            assert not networkx.is_directed_acyclic_graph(networkx.restricted_view(inside, [], fewer))


def test_a_cut_counts_calls_not_pairs() -> None:
    weights = {("a", "b"): 3, ("b", "c"): 1, ("c", "a"): 2}
    assert smallest_cut(weights).pairs == (("b", "c"),)


def test_a_large_component_is_freed_by_a_small_set_that_says_so() -> None:
    names = [f"s{number:03}" for number in range(300)]
    weights = {(source, target): 1 for source in names for target in names[::7] if source != target}
    cut = smallest_cut(weights)
    left = networkx.DiGraph([pair for pair in weights if pair not in set(cut.pairs)])
    assert networkx.is_directed_acyclic_graph(left)
    assert not cut.exact
    assert len(cut.pairs) <= len(weights) / 2


@given(pairs)
def test_order_respects_calls(some: Pairs) -> None:
    graph = graph_of(some)
    try:
        waves = graph.waves()
    except OnewayError:
        assert not networkx.is_directed_acyclic_graph(known(graph))
        return
    place = {name: at for at, wave in enumerate(waves) for name in wave}
    assert sorted(place) == sorted(graph.calls)
    assert all(place[edge.target] < place[edge.source] for edge in graph.edges if edge.source != edge.target)


@given(pairs)
def test_order_puts_callees_first_once_the_cut_is_made(some: Pairs) -> None:
    graph = graph_of(some)
    place = {name: at for at, name in enumerate(graph.order)}
    assert sorted(place) == sorted(graph.calls)
    kept = [edge for edge in graph.edges if (edge.source, edge.target) not in graph.cut and edge.source != edge.target]
    assert all(place[edge.target] < place[edge.source] for edge in kept)
    between = {(edge.source, edge.target) for edges in graph.down.values() for edge in edges}
    far = steps(graph)
    assert between == {(edge.source, edge.target) for edge in kept if edge.source not in far[edge.target]}


@given(pairs)
def test_reach_is_the_closure(some: Pairs) -> None:
    graph = graph_of(some)
    found, other = reach(graph.successors), known(graph)
    for name in graph.calls:
        assert set(found.of(name)) == networkx.descendants(other, name)
        assert found.count(name) == len(networkx.descendants(other, name))
        assert found.mask([name, *found.of(name)]) == found.sets[name]


@given(pairs_in_order)
def test_reach_in_a_known_order_is_the_same(some: Pairs) -> None:
    graph = graph_of(some)
    known_order, searched = reach(graph.successors, graph.order), reach(graph.successors)
    assert {name: set(known_order.of(name)) for name in graph.order} == {
        name: set(searched.of(name)) for name in graph.order
    }


@given(pairs, st.frozensets(st.integers(0, 23)))
def test_impact_parts_who_reaches_it_by_whether_every_call_is_required(some: Pairs, optional: frozenset[int]) -> None:
    graph = graph_of(some, optional)
    far, needed = steps(graph), steps(graph, required_only=True)
    found = impact(graph, "s0")
    broken = [name for name in needed if "s0" in needed[name] and name != "s0"]
    assert [hit.service for hit in found.broken] == sorted(broken, key=lambda name: (needed[name]["s0"], name))
    assert all(needed[hit.service]["s0"] == 1 + _left(needed, hit.by.target) for hit in found.broken)
    assert {hit.service for hit in found.degraded} == {name for name in far if "s0" in far[name]} - {*broken, "s0"}


def _left(far: dict[str, dict[str, int]], name: str) -> int:
    return 0 if name == "s0" else far[name]["s0"]


@given(pairs, st.sampled_from(["s0", "s7"]))
def test_paths_are_all_of_them_worst_first(some: Pairs, target: str) -> None:
    graph = graph_of(some)
    found = paths(graph, "s0", target)
    assert found.complete

    def ways(name: str, passed: frozenset[str]) -> set[tuple[int, ...]]:
        """The indices of the calls of every way from a service to the target."""
        ended = {(edge.index,) for edge in graph.calls[name] if edge.target == target != edge.source}
        further = {
            (edge.index, *rest)
            for edge in graph.calls[name]
            if edge.target not in passed | {name, target}
            for rest in ways(edge.target, passed | {name})
        }
        return ended | further

    assert {tuple(edge.index for edge in path) for path in found.paths} == ways("s0", frozenset())
    assert [len(path) for path in found.paths] == sorted((len(path) for path in found.paths), reverse=True)


def test_a_search_that_finds_no_end_is_given_up() -> None:
    """Everybody reaches s7 through s1 alone, and s1 is passed already: between two paths lie 16! dead ends."""
    dense = [(source, target) for source in range(2, 18) for target in range(2, 18) if source != target]
    calls = [(0, 1), (1, 2), *dense, (2, 1), (1, 18)]
    network = {number: [target for source, target in calls if source == number] for number in range(19)}
    services = {
        f"s{number:02}": Service(
            api_version="oneway/v1",
            name=f"s{number:02}",
            version="1.0.0",
            owner="o",
            domain="d",
            calls=tuple(Call(to=f"s{target:02}") for target in targets),
        )
        for number, targets in network.items()
    }
    files = {name: f"{name}.yaml" for name in services}
    system = System(Platform(api_version="oneway/v1", name="p"), services, files, "platform.yaml")
    assert not paths(build(system), "s00", "s18").complete
