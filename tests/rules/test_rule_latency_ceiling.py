"""Latency objectives shorter than what they wait for."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def test_one_after_the_other_adds_up(system: System, said: Said) -> None:
    files = system(
        gateway="calls: [{to: caption}, {to: id, per_request: 2}]\nslo:\n  latency: {p99: 300ms}\n",
        caption="slo: {latency: {p99: 250ms}}\n",
        id="slo: {latency: {p99: 100ms}}\n",
    )
    (found,) = said("latency-ceiling", files)
    assert (str(found.location), found.severity) == ("gateway.yaml:8:13", "warning")
    assert found.message == "gateway promises a p99 of 300ms, and its required calls add up to 450ms"
    assert found.hint.startswith("promise 450ms or more")


def test_parallel_and_degraded_calls(system: System, places: Places) -> None:
    files = system(
        a="calls: [{to: b, parallel: true}, {to: c, parallel: true}, {to: d, required: false}]\n"
        "slo: {latency: {p99: 250ms}}\n",
        b="slo: {latency: {p99: 250ms}}\n",
        c="slo: {latency: {p99: 100ms}}\n",
        d="slo: {latency: {p99: 9s}}\n",
    )
    assert places("latency-ceiling", files) == []


def test_a_callee_without_an_objective_passes_its_own_floor_on(system: System, places: Places) -> None:
    files = system(
        a="calls: [{to: b}]\nslo: {latency: {p99: 100ms}}\n", b="calls: [{to: c}]\n", c="slo: {latency: {p99: 2s}}\n"
    )
    assert places("latency-ceiling", files) == [
        "a.yaml:7:17 a promises a p99 of 100ms, and its required calls add up to 2s"
    ]
