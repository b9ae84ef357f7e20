"""One port for two services of one machine."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]

ENVIRONMENTS = "environments: {here: {target: local}, there: {target: local}, prod: {target: kubernetes}}\n"
HTTP = "endpoints: [{name: http, port: 80}]\n"


def test_names_both_places(system: System, said: Said) -> None:
    files = system(
        ENVIRONMENTS,
        a="endpoints: [{name: http, port: 8080}]\n",
        b="endpoints: [{name: admin, port: 9000}, {name: http, port: 8080}]\n",
        c="endpoints: [{name: http, port: 8081}]\n",
    )
    (found,) = said("port-shared", files, env="here")
    assert (str(found.location), found.service) == ("b.yaml:6:53", "b")
    assert found.message.startswith("b declares port 8080, which a declares as well")
    assert [str(each.location) for each in found.related] == ["a.yaml:6:26"]


def test_every_further_one_is_told(system: System, places: Places) -> None:
    assert len(places("port-shared", system(ENVIRONMENTS, a=HTTP, b=HTTP, c=HTTP), env="there")) == 2


def test_on_a_cluster_and_without_an_environment_ports_are_free(system: System, places: Places) -> None:
    files = system(ENVIRONMENTS, a=HTTP, b=HTTP)
    assert places("port-shared", files) == places("port-shared", files, env="prod") == []


def test_an_override_mends_it(system: System, places: Places) -> None:
    moved = "environments: {here: {endpoints: [{name: http, port: 81}]}}\n"
    files = system(ENVIRONMENTS, a=HTTP, b=HTTP + moved)
    assert places("port-shared", files, env="here") == []
    assert len(places("port-shared", files, env="there")) == 1
