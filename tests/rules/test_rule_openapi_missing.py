"""Endpoints that do not say what they answer."""

from collections.abc import Callable

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


def test_without_a_description_and_with_one_that_is_not_there(system: System, places: Places) -> None:
    files = system(id="endpoints:\n  - {name: http, port: 80}\n  - {name: more, port: 81, openapi: a.json}\n")
    assert places("openapi-missing", files, exists=lambda _: False) == [
        "id.yaml:7:5 endpoint http of id has no openapi",
        "id.yaml:8:28 a.json of endpoint more of id is not there",
    ]
    assert places("openapi-missing", files) == ["id.yaml:7:5 endpoint http of id has no openapi"]


def test_other_protocols_need_none(system: System, places: Places) -> None:
    assert places("openapi-missing", system(id="endpoints: [{name: db, port: 80, protocol: tcp}]\n")) == []
