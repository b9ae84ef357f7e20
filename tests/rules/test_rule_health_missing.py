"""Services that do not say where they tell their health."""

from collections.abc import Callable

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


HTTP = "endpoints: [{name: http, port: 80}, {name: db, port: 81, protocol: tcp}]\n"


def test_names_what_is_missing(system: System, places: Places) -> None:
    assert places("health-missing", system(id=HTTP)) == ["id.yaml:1:1 id declares no health.ready and no health.live"]
    assert places("health-missing", system(id=HTTP + "health:\n  ready: /readyz\n")) == [
        "id.yaml:7:1 id declares no health.live"
    ]


def test_complete_and_other_protocols(system: System, places: Places) -> None:
    assert places("health-missing", system(id=HTTP + "health: {ready: /r, live: /l}\n")) == []
    assert places("health-missing", system(id=HTTP + "health: {endpoint: db}\n", worker="")) == []
