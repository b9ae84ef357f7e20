"""Owners that nobody declared."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_of_a_service_and_as_a_backup(system: System, said: Said) -> None:
    files = system(id="owner: anne\n")
    files["platform.yaml"] = files["platform.yaml"].replace("backup: ann", "backup: carl")
    found = said("unknown-owner", files)
    assert [f"{each.location} {each.message}" for each in found] == [
        "id.yaml:6:1 id is owned by anne, who is not declared",
        "platform.yaml:3:36 bob's backup is carl, who is not declared",
    ]
    assert found[0].hint == "did you mean ann?"


def test_declared_ones_are_silent(system: System, said: Said) -> None:
    assert said("unknown-owner", system(id="owner: bob\n")) == []
