"""Domains that nobody declared."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_of_a_service_and_in_layers(system: System, said: Said) -> None:
    found = said("unknown-domain", system("layers: [[edge], [cor]]\n", id="domain: cores\n"))
    assert [f"{each.location} {each.message}" for each in found] == [
        "id.yaml:6:1 id is in domain cores, which is not declared",
        "platform.yaml:5:19 layer 2 names domain cor, which is not declared",
    ]
    assert found[0].hint == found[1].hint == "did you mean core?"


def test_declared_ones_are_silent(system: System, said: Said) -> None:
    assert said("unknown-domain", system("layers: [[edge], [core]]\n", id="")) == []
