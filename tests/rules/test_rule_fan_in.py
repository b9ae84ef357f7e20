"""Many callers on few replicas."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def callers(count: int) -> dict[str, str]:
    return {f"c{at:02}": "calls: [{to: id, required: false}, {to: id}]\n" for at in range(count)}


def test_more_callers_per_replica_than_the_budget(system: System, said: Said) -> None:
    (found,) = said("fan-in", system(id="", **callers(11)))
    assert (str(found.location), found.severity) == ("id.yaml:2:1", "warning")
    assert found.message == "11 services call id, which runs on 1 replica at the least"
    assert found.hint == "2 replicas would do for a budget of 10 callers each"


def test_replicas_and_the_budget_allow_more(system: System, places: Places) -> None:
    assert places("fan-in", system(id="", **callers(10))) == []
    assert places("fan-in", system(id="scale: {min: 2, max: 3}\n", **callers(20))) == []
    assert places("fan-in", system("budgets: {fan_in: 20}\n", id="", **callers(20))) == []
    assert places("fan-in", system(id="scale: {min: 2, max: 3}\n", **callers(21))) == [
        "id.yaml:6:9 21 services call id, which runs on 2 replicas at the least"
    ]
