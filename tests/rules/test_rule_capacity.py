"""More load than replicas can serve."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def load(rate: float, replicas: int) -> dict[str, str]:
    return {
        "gateway": f"calls: [{{to: caption}}]\nload: {{requests_per_second: {rate}}}\n",
        "caption": "calls: [{to: id, per_request: 2, required: false}]\n",
        "id": f"load: {{per_replica: 10}}\nscale:\n  min: 1\n  max: {replicas}\n",
    }


def test_demand_capacity_and_the_replicas_that_would_do(system: System, said: Said) -> None:
    (found,) = said("capacity", system(**load(50, 9)))
    assert (str(found.location), found.severity) == ("id.yaml:9:3", "error")
    assert found.message == "id is asked for 100 requests/s and can serve 90 (111.111%)"
    assert found.hint == "15 replicas of 10/s would do for 70%"
    assert [f"{each.location} {each.message}" for each in found.related] == ["caption.yaml:6:9 caption asks for 100/s"]


def test_over_70_percent_is_a_warning_and_up_to_it_nothing(system: System, said: Said) -> None:
    assert [each.severity for each in said("capacity", system(**load(50, 14)))] == ["warning"]
    assert said("capacity", system(**load(50, 15))) == []
    assert [each.severity for each in said("capacity", system(**load(50, 10)))] == ["warning"]


def test_a_fixed_number_of_replicas(system: System, places: Places) -> None:
    files = system(id="load: {requests_per_second: 10, per_replica: 1}\nreplicas: 2\n")
    assert places("capacity", files) == ["id.yaml:7:1 id is asked for 10 requests/s and can serve 2 (500%)"]
    files = system(id="load: {requests_per_second: 10, per_replica: 1}\nreplicas: 0\n")
    assert places("capacity", files) == ["id.yaml:7:1 id is asked for 10 requests/s and can serve 0"]


def test_the_platform_may_make_all_of_it_a_warning(system: System, said: Said) -> None:
    files = system("rules: {capacity: {severity: warning}}\n", **load(50, 2))
    assert [each.severity for each in said("capacity", files)] == ["warning"]


def test_every_caller_adds_to_it(system: System, places: Places) -> None:
    callers = {f"c{at}": "calls: [{to: id}]\nload: {requests_per_second: 1}\n" for at in range(30)}
    files = system(id="load: {per_replica: 30}\n", **callers)
    assert places("capacity", files) == ["id.yaml:6:8 id is asked for 30 requests/s and can serve 30 (100%)"]
