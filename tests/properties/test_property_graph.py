"""Laws of the call graph, on random graphs, beside networkx where it knows the answer."""

from itertools import combinations
from typing import Any

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.errors import OnewayError
from oneway.graph import CallGraph, build, call_order, circles, free, impact, paths, reach, strongly_connected
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


def successors(graph: CallGraph) -> dict[str, list[str]]:
    return {name: [edge.target for edge in edges] for name, edges in graph.calls.items()}


@given(pairs)
def test_groups_are_the_strongly_connected_ones_callees_first(some: Pairs) -> None:
    graph = graph_of(some)
    groups = strongly_connected(successors(graph))
    assert {frozenset(group) for group in groups} == set(
        map(frozenset, networkx.strongly_connected_components(known(graph)))
    )
    place = {name: at for at, group in enumerate(groups) for name in group}
    assert all(place[edge.target] <= place[edge.source] for edge in graph.edges)


@given(pairs)
def test_rings_are_minimal_and_cover_every_call_of_a_group(some: Pairs) -> None:
    graph, other = graph_of(some), known(graph_of(some))
    for circle in circles(graph):
        assert circle.complete
        inside = {edge for edge in other.edges if edge[0] in circle.services and edge[1] in circle.services}
        covered = set()
        for ring in circle.rings:
            names = [edge.source for edge in ring]
            assert all(edge.target == then for edge, then in zip(ring, [*names[1:], names[0]], strict=True))
            assert len(set(names)) == len(names)
            assert names[0] == min(names)
            shortest = [1 + networkx.shortest_path_length(other, edge.target, edge.source) for edge in ring]
            assert len(ring) in shortest
            covered |= {(edge.source, edge.target) for edge in ring}
        assert covered == inside
    assert bool(circles(graph)) == (not networkx.is_directed_acyclic_graph(other))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_the_cut_frees_the_group_and_nothing_smaller_does(some: Pairs) -> None:
    other = known(graph_of(some))
    for group in networkx.strongly_connected_components(other):
        inside = other.subgraph(group)
        if len(group) < 2:
            continue
        cut = free(dict.fromkeys(inside.edges, 1))
        assert cut.exact
        assert networkx.is_directed_acyclic_graph(networkx.restricted_view(inside, [], cut.pairs))
        for fewer in combinations(inside.edges, len(cut.pairs) - 1):
            assert not networkx.is_directed_acyclic_graph(networkx.restricted_view(inside, [], fewer))


def test_a_cut_counts_calls_not_pairs() -> None:
    weights = {("a", "b"): 3, ("b", "c"): 1, ("c", "a"): 2}
    assert free(weights).pairs == (("b", "c"),)


def test_a_large_group_is_freed_by_a_small_set_that_says_so() -> None:
    names = [f"s{number:03}" for number in range(300)]
    weights = {(source, target): 1 for source in names for target in names[::7] if source != target}
    cut = free(weights)
    left = networkx.DiGraph([pair for pair in weights if pair not in set(cut.pairs)])
    assert networkx.is_directed_acyclic_graph(left)
    assert not cut.exact
    assert len(cut.pairs) <= len(weights) / 2


@given(pairs)
def test_order_respects_calls(some: Pairs) -> None:
    graph = graph_of(some)
    try:
        waves = call_order(graph)
    except OnewayError:
        assert not networkx.is_directed_acyclic_graph(known(graph))
        return
    place = {name: at for at, wave in enumerate(waves) for name in wave}
    assert sorted(place) == sorted(graph.calls)
    assert all(place[edge.target] < place[edge.source] for edge in graph.edges if edge.source != edge.target)


@given(pairs)
def test_reach_is_the_closure(some: Pairs) -> None:
    graph = graph_of(some)
    found, other = reach(successors(graph)), known(graph)
    for name in graph.calls:
        assert set(found.of(name)) == networkx.descendants(other, name)
        assert found.count(name) == len(networkx.descendants(other, name))
        assert found.mask([name, *found.of(name)]) == found.sets[name]


@given(pairs_in_order)
def test_reach_in_a_known_order_is_the_same(some: Pairs) -> None:
    graph = graph_of(some)
    order = [name for wave in call_order(graph) for name in wave]
    assert {name: set(reach(successors(graph), order).of(name)) for name in order} == {
        name: set(reach(successors(graph)).of(name)) for name in order
    }


@given(pairs, st.frozensets(st.integers(0, 23)))
def test_impact_parts_who_reaches_it_by_whether_every_call_is_required(some: Pairs, optional: frozenset[int]) -> None:
    graph = graph_of(some, optional)
    needed = networkx.DiGraph([(edge.source, edge.target) for edge in graph.edges if edge.call.required])
    needed.add_nodes_from(graph.calls)
    found = impact(graph, "s0")
    broken = networkx.ancestors(needed, "s0")
    assert {hit.service for hit in found.broken} == broken
    assert {hit.service for hit in found.degraded} == networkx.ancestors(known(graph), "s0") - broken


@given(pairs_in_order)
def test_paths_are_all_of_them_worst_first(some: Pairs) -> None:
    graph = graph_of(some)
    found = paths(graph, "s0", "s7")
    assert found.complete
    calls: Any = networkx.MultiDiGraph([(edge.source, edge.target, edge.index) for edge in graph.edges])
    calls.add_nodes_from(["s0", "s7"])
    expected = {tuple(path) for path in networkx.all_simple_edge_paths(calls, "s0", "s7")}
    assert {tuple((edge.source, edge.target, edge.index) for edge in path) for path in found.paths} == expected
    assert [len(path) for path in found.paths] == sorted((len(path) for path in found.paths), reverse=True)
