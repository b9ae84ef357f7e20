"""Objectives that callees do not allow."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def test_the_direct_product_when_somebody_declares_no_own(system: System, said: Said) -> None:
    files = system(
        gateway="calls: [{to: caption}, {to: id}, {to: extra, required: false}]\nslo: {availability: 99.95}\n",
        caption="slo: {availability: 99.9}\n",
        id="slo: {availability: 99.9}\n",
        extra="slo: {availability: 50}\n",
    )
    (found,) = said("availability-ceiling", files)
    assert str(found.location) == "gateway.yaml:7:7"
    assert found.message == (
        "gateway promises 99.95%, and the product over its direct required callees allows 99.8001%"
    )
    assert found.hint.startswith("promise at most 99.8001%")
    assert [f"{each.location} {each.message}" for each in found.related] == [
        "gateway.yaml:6:9 requires caption: 99.9%",
        "gateway.yaml:6:24 requires id: 99.9%",
    ]


def diamond(objective: float) -> dict[str, str]:
    return {
        "top": f"calls: [{{to: left}}, {{to: right}}]\nslo: {{availability: {objective}, intrinsic: 100}}\n",
        "left": "calls: [{to: base}]\nslo: {intrinsic: 100}\n",
        "right": "calls: [{to: base}]\nslo: {intrinsic: 100}\n",
        "base": "slo: {intrinsic: 99}\n",
    }


def test_what_two_paths_lead_to_counts_once(system: System, places: Places) -> None:
    assert places("availability-ceiling", system(**diamond(99))) == []
    assert places("availability-ceiling", system(**diamond(99.01))) == [
        "top.yaml:7:7 top promises 99.01%, and the product over everything it requires, itself included, allows 99%"
    ]


def test_its_own_and_those_of_externals_count(system: System, places: Places) -> None:
    text = "calls: [{to: maps}, {to: maps}]\nslo: {availability: 98, intrinsic: 99}\n"
    files = system("externals: {maps: {availability: 98}}\n", search=text)
    (found,) = places("availability-ceiling", files)
    assert found.endswith("everything it requires, itself included, allows 97.02%")


def test_unknown_callees_are_taken_as_perfect(system: System, places: Places) -> None:
    files = system(a="calls: [{to: b}, {to: gone}]\nslo: {availability: 99.9}\n", b="")
    assert places("availability-ceiling", files) == []


def test_the_whole_closure_counts(system: System, places: Places) -> None:
    chain = {f"s{at:02}": f"calls: [{{to: s{at + 1:02}}}]\nslo: {{intrinsic: 99.9}}\n" for at in range(1, 20)}
    files = system(
        s00="calls: [{to: s01}]\nslo: {availability: 98, intrinsic: 99.9}\n", s20="slo: {intrinsic: 99.9}\n", **chain
    )
    (found,) = places("availability-ceiling", files)
    assert found.endswith(f"allows {int(0.999**21 * 1e6) / 1e4}%")
