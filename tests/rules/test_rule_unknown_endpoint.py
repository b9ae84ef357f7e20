"""Endpoints that services do not have."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


HTTP = "endpoints: [{name: http, port: 80}]\n"


def test_a_call_to_one(system: System, said: Said) -> None:
    (found,) = said("unknown-endpoint", system(a="calls:\n  - to: id\n    endpoint: grpc\n", id=HTTP))
    assert str(found.location) == "a.yaml:8:5"
    assert found.message == "a calls endpoint grpc of id, which has no such endpoint"
    assert found.hint == "id has: http"


def test_a_call_to_a_service_without_any(system: System, places: Places) -> None:
    files = system(a="calls: [{to: id}]\n", id="")
    assert places("unknown-endpoint", files) == ["a.yaml:6:10 a calls id, which declares no endpoint"]


def test_health_and_smoke(system: System, places: Places) -> None:
    text = HTTP + "health: {endpoint: admin}\nsmoke:\n  - name: x\n    request: {path: /, endpoint: other}\n"
    assert places("unknown-endpoint", system(a=text)) == [
        "a.yaml:7:10 a has no endpoint admin",
        "a.yaml:10:24 a has no endpoint other",
    ]


def test_an_external_has_none(system: System, places: Places) -> None:
    files = system("externals: {maps: {}}\n", a='calls:\n  - {to: maps, version: ">=1"}\n')
    assert places("unknown-endpoint", files) == ["a.yaml:7:16 a asks for version >=1 of maps, which is an external"]


def test_good_references_are_silent(system: System, places: Places) -> None:
    files = system(a=HTTP + "calls: [{to: id, endpoint: http}]\nhealth: {endpoint: http}\n", id=HTTP)
    assert places("unknown-endpoint", files) == []
