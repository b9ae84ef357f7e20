"""Calls that the platform rules out."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


FORBID = 'forbid:\n  - {from: "edge/*", to: "core/bill?ng", reason: goes through accounts}\n'


def test_tells_the_reason(system: System, said: Said) -> None:
    files = system(FORBID, gateway="domain: edge\ncalls: [{to: id}, {to: billing}]\n", billing="", id="")
    (found,) = said("forbidden-call", files)
    assert str(found.location) == "gateway.yaml:7:19"
    assert found.message == "edge/gateway calls core/billing, which is forbidden: goes through accounts"
    assert [str(each.location) for each in found.related] == ["platform.yaml:6:5"]


def test_other_callers_are_free(system: System, said: Said) -> None:
    assert said("forbidden-call", system(FORBID, id="calls: [{to: billing}]\n", billing="")) == []
