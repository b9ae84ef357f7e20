"""Rings of calls, each edge with its place, and the smallest cut."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def test_names_the_ring_edge_by_edge(system: System, said: Said) -> None:
    files = system(
        gateway="calls:\n  - to: caption\n    timeout: 1s\n",
        caption="calls:\n  - to: id\n",
        id="calls: []\nsummary: x\n\n",
    )
    assert said("call-cycle", files) == []
    files["id.yaml"] = files["id.yaml"].replace("calls: []", "calls:\n\n  - to: gateway")
    (ring,) = said("call-cycle", files)
    assert (str(ring.location), ring.message) == ("caption.yaml:7:5", "caption calls id calls gateway calls caption")
    assert [(str(each.location), each.message) for each in ring.related] == [
        ("caption.yaml:7:5", "caption calls id"),
        ("id.yaml:8:5", "id calls gateway"),
        ("gateway.yaml:7:5", "gateway calls caption"),
    ]
    assert "the smallest set of calls whose removal frees all 3" in ring.hint


def test_every_ring_of_a_component_is_named_once(system: System, said: Said) -> None:
    files = system(
        a="calls: [{to: b}, {to: c}]\n", b="calls: [{to: a}]\n", c="calls: [{to: a}]\n", d="calls: [{to: a}]\n"
    )
    assert [each.message for each in said("call-cycle", files)] == ["a calls b calls a", "a calls c calls a"]


def test_the_cut_is_the_one_call_that_all_rings_share(system: System, said: Said) -> None:
    files = system(
        a="calls: [{to: b}]\n", b="calls: [{to: c}, {to: d}]\n", c="calls: [{to: a}]\n", d="calls: [{to: a}]\n"
    )
    hints = {each.hint for each in said("call-cycle", files)}
    assert hints == {"calls go one way: the smallest set of calls whose removal frees all 4: a -> b"}


def test_components_apart_are_reported_apart(system: System, said: Said) -> None:
    files = system(
        a="calls: [{to: b}]\n", b="calls: [{to: a}]\n", x="calls: [{to: y}, {to: a}]\n", y="calls: [{to: x}]\n"
    )
    found = said("call-cycle", files)
    assert [each.message for each in found] == ["a calls b calls a", "x calls y calls x"]
    assert "frees all 2" in found[0].hint


def test_cannot_be_switched_off(system: System, places: Places) -> None:
    files = system(
        "rules: {call-cycle: {severity: off, reason: we like them}}\n", a="calls: [{to: b}]\n", b="calls: [{to: a}]\n"
    )
    assert places("call-cycle", files) == ["a.yaml:6:9 a calls b calls a"]
    assert places("manifest-schema", files) == ["platform.yaml:5:9 the severity of call-cycle cannot be set"]


def test_rings_in_an_environment_stand_in_its_overrides(system: System, places: Places) -> None:
    files = system(a="calls: [{to: b}]\n", b="environments:\n  prod:\n    calls:\n      - to: a\n")
    files["platform.yaml"] += "environments: {prod: {target: local}}\n"
    assert places("call-cycle", files) == []
    assert places("call-cycle", files, env="prod") == ["a.yaml:6:9 a calls b calls a"]


def test_a_very_dense_component_ends_soon_and_says_that_there_is_more(system: System, said: Said) -> None:
    names = [f"s{number}" for number in range(60)]
    calls = {name: f"calls: [{', '.join(f'{{to: {each}}}' for each in names if each != name)}]\n" for name in names}
    found = said("call-cycle", system(**calls))
    assert len(found) == 100
    assert "the component of 60 services may have more rings than are shown" in found[0].hint
    assert "a small set of calls (perhaps not the smallest)" in found[0].hint


def test_the_call_that_has_to_go_costs_nothing_else(system: System, said: Said) -> None:
    slo = "slo: {availability: 99.8, intrinsic: 99.97, latency: {p99: 200ms}}\n"
    files = system(
        "layers: [[edge], [core]]\n",
        gateway=f"domain: edge\ncalls: [{{to: caption, timeout: 2s}}, {{to: id, timeout: 200ms}}]\n{slo}",
        caption=f"calls: [{{to: id, timeout: 200ms}}]\n{slo.replace('200', '150')}",
        id=f"calls: [{{to: gateway, timeout: 1s}}]\n{slo.replace('200', '50').replace('99.8', '99.95')}",
    )
    assert [each.message for each in said("call-cycle", files)] == [
        "caption calls id calls gateway calls caption",
        "gateway calls id calls gateway",
    ]
    for rule in ("timeout-budget", "latency-ceiling", "availability-ceiling", "layer-violation"):
        assert said(rule, files) == []
    files["gateway.yaml"] = files["gateway.yaml"].replace("2s", "100ms")
    assert [each.message for each in said("timeout-budget", files)] == [
        "gateway waits 100ms for caption, whose own calls may take 200ms"
    ]
