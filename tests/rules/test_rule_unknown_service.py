"""Calls that lead nowhere."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_points_at_the_name_and_hints_at_the_nearest(system: System, said: Said) -> None:
    (found,) = said("unknown-service", system(gateway="calls:\n  - {to: captoin}\n", caption=""))
    assert str(found.location) == "gateway.yaml:7:6"
    assert found.message == "gateway calls captoin, which is not declared"
    assert found.hint == "did you mean caption?"


def test_says_what_to_write_when_nothing_is_near(system: System, said: Said) -> None:
    (found,) = said("unknown-service", system(gateway="calls: [{to: zebra}]\n"))
    assert found.hint == "declared: gateway; write manifests/zebra.yaml, or declare it in platform.yaml's externals"


def test_a_service_whose_manifest_is_faulty_is_known(system: System, said: Said) -> None:
    files = system(gateway="calls: [{to: id}]\n", id="calls: 7\n")
    assert said("unknown-service", files) == []
    files["id.yaml"] = "service: [\n"
    assert said("unknown-service", files) == []


def test_nothing_is_said_while_platform_yaml_cannot_be_read(system: System, said: Said) -> None:
    files = system(gateway="calls: [{to: maps}]\n")
    files["platform.yaml"] = "apiVersion: oneway/v1\n"
    assert said("unknown-service", files) == []


def test_thousands_of_wrong_names_cost_no_minutes(system: System, said: Said) -> None:
    files = system(**{f"service{number}": f"calls: [{{to: servise{number}}}]\n" for number in range(3000)})
    assert len(said("unknown-service", files)) == 3000
