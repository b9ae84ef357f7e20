"""Two manifests, one name."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


def test_points_at_the_second_and_names_the_first(system: System, said: Said) -> None:
    files = system(id="")
    files["old/id.yaml"] = files["id.yaml"]
    (found,) = said("duplicate-service", files)
    assert (str(found.location), found.message) == ("old/id.yaml:2:1", "service id is declared twice")
    assert [str(each.location) for each in found.related] == ["id.yaml:2:1"]


def test_a_service_named_as_an_external(system: System, said: Said) -> None:
    (found,) = said("duplicate-service", system("externals: {maps: {}}\n", maps=""))
    assert (str(found.location), found.message) == ("maps.yaml:2:1", "maps is a service and an external at once")
    assert [str(each.location) for each in found.related] == ["platform.yaml:5:13"]
