"""A service that calls itself."""

from collections.abc import Callable

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


def test_names_the_call(system: System, places: Places) -> None:
    files = system(id="endpoints: [{name: http, port: 80}]\ncalls:\n  - {to: id}\n")
    assert places("self-call", files) == ["id.yaml:8:6 id calls itself"]


def test_is_no_ring_of_calls(system: System, places: Places) -> None:
    assert places("call-cycle", system(id="calls: [{to: id}]\n")) == []


def test_cannot_be_accepted(system: System, places: Places) -> None:
    files = system(id="calls: [{to: id}]\naccept:\n  - {rule: self-call, reason: we like it}\n")
    assert places("self-call", files) == ["id.yaml:6:10 id calls itself"]
    assert places("accepted-unused", files) == ["id.yaml:8:6 findings of self-call cannot be accepted"]
