"""Much depends on one person."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def chain(length: int, owner: str) -> dict[str, str]:
    links = {f"s{at:02}": f"owner: bob\ncalls: [{{to: s{at + 1:02}}}]\n" for at in range(length)}
    return links | {f"s{length:02}": f"owner: {owner}\n"}


def test_a_service_that_many_require_and_whose_owner_has_no_backup(system: System, said: Said) -> None:
    files = system(**chain(11, "ann"))
    files["platform.yaml"] = files["platform.yaml"].replace("ann: {backup: bob}", "ann: {}")
    (found,) = said("single-owner", files)
    assert (str(found.location), found.severity) == ("s11.yaml:6:1", "warning")
    assert found.message == "11 services require s11, and its owner ann has no backup"


def test_a_backup_or_few_dependents_are_enough(system: System, places: Places) -> None:
    assert places("single-owner", system(**chain(11, "ann"))) == []
    files = system(**chain(10, "ann"))
    files["platform.yaml"] = files["platform.yaml"].replace("ann: {backup: bob}", "ann: {}")
    assert places("single-owner", files) == []


def test_an_owner_of_too_many(system: System, places: Places) -> None:
    files = system("budgets: {services_per_owner: 2}\n", a="", b="", c="", d="owner: bob\n")
    assert places("single-owner", files) == ["platform.yaml:3:10 ann owns 3 services, more than 2"]
