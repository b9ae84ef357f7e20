"""Calls to externals that nobody declared."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_a_name_near_an_external_is_one(system: System, said: Said) -> None:
    files = system("externals: {maps: {}}\n", search="calls:\n  - to: mapps\n  - to: maps\n")
    (found,) = said("unknown-external", files)
    assert str(found.location) == "search.yaml:7:5"
    assert found.message == "search calls the external mapps, which is not declared"
    assert found.hint == "did you mean maps?"
    assert said("unknown-service", files) == []


def test_a_name_near_a_service_is_none(system: System, said: Said) -> None:
    files = system("externals: {maps: {}}\n", search="calls: [{to: mapss}]\n", mapsd="")
    assert said("unknown-external", files) == []
    assert len(said("unknown-service", files)) == 1
