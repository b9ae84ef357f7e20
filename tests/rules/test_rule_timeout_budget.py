"""Timeouts shorter than what they wait for."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def test_says_the_number_that_would_do(system: System, said: Said) -> None:
    files = system(
        gateway="calls:\n  - {to: caption, timeout: 200ms}\n",
        caption="calls:\n  - {to: id, timeout: 200ms, retries: 1}\n",
        id="",
    )
    (found,) = said("timeout-budget", files)
    assert str(found.location) == "gateway.yaml:7:19"
    assert found.message == "gateway waits 200ms for caption, whose own calls may take 400ms"
    assert found.hint.startswith("a timeout of 400ms would do")
    assert [f"{each.location} {each.message}" for each in found.related] == [
        "caption.yaml:7:5 caption calls id: 1 × 200ms × 2 = 400ms"
    ]
    files["gateway.yaml"] = files["gateway.yaml"].replace("200ms", "400ms")
    assert said("timeout-budget", files) == []


def test_one_after_the_other_adds_up_and_parallel_counts_once(system: System, places: Places) -> None:
    files = system(
        a="calls: [{to: b, timeout: 10ms}]\n",
        b="calls: [{to: c, timeout: 100ms, per_request: 3}, {to: d, timeout: 500ms, parallel: true}, "
        "{to: e, timeout: 700ms, parallel: true}, {to: f, timeout: 9s, required: false}, {to: maps, timeout: 1s}]\n",
        c="",
        d="",
        e="",
        f="",
    )
    files["platform.yaml"] += "externals: {maps: {}}\n"
    assert places("timeout-budget", files) == ["a.yaml:6:17 a waits 10ms for b, whose own calls may take 2s"]


def test_a_timeout_left_to_the_default_is_judged_at_the_call(system: System, places: Places) -> None:
    files = system(a="calls:\n  - to: b\n", b="calls: [{to: c, timeout: 1500ms}]\n", c="")
    assert places("timeout-budget", files) == ["a.yaml:7:5 a waits 1s for b, whose own calls may take 1.5s"]
