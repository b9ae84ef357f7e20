import json

import pytest

from oneway.generate import wiring
from oneway.generate.wiring import lead_calls
from oneway.manifest import load
from oneway.model import Endpoint, System

PLATFORM = b"""
apiVersion: oneway/v1
platform: p
externals:
  maps: {host: maps.example.com}
  inner: {host: inner.example.com, port: 8000}
  db: {kind: database, host: db.example.com, port: 5432}
environments: {prod: {target: kubernetes}}
"""
CALLER = b"""
apiVersion: oneway/v1
service: a
version: 1.2.0
owner: alice
domain: d
calls:
  - {to: b, timeout: 200ms, retries: 1, required: false}
  - {to: b, endpoint: admin, timeout: 1.5ms}
  - {to: maps}
  - {to: inner}
  - {to: db}
  - {to: nobody}
"""
CALLEE = b"""
apiVersion: oneway/v1
service: b
version: 1.0.0
owner: bob
domain: d
endpoints: [{name: http, port: 8082}, {name: admin, port: 9000, protocol: grpc}]
"""


def system(environment: str | None = None) -> System:
    files = [("m/platform.yaml", PLATFORM), ("m/a.yaml", CALLER), ("m/b.yaml", CALLEE)]
    loaded = load(files, environment)
    assert not loaded.findings
    return loaded.system


def address(service: str, endpoint: Endpoint) -> str:
    return f"{service}.test:{endpoint.port}"


def test_a_replica_is_told_who_it_is() -> None:
    whole = system("prod")
    variables = wiring(whole, whole.services["b"], address, 7)
    assert variables == {
        "ONEWAY_CALLS": "{}",
        "ONEWAY_ENVIRONMENT": "prod",
        "ONEWAY_INSTANCE": "7",
        "ONEWAY_SERVICE": "b",
        "ONEWAY_VERSION": "1.0.0",
    }
    assert list(variables) == sorted(variables)


def test_without_an_environment_it_is_local_and_without_an_instance_there_is_none() -> None:
    whole = system()
    variables = wiring(whole, whole.services["b"], address, None)
    assert variables["ONEWAY_ENVIRONMENT"] == "local"
    assert "ONEWAY_INSTANCE" not in variables


def test_calls_hold_exactly_what_is_declared() -> None:
    whole = system()
    calls = json.loads(wiring(whole, whole.services["a"], address, 0)["ONEWAY_CALLS"])
    assert calls["b"] == {"url": "http://b.test:8082", "timeout_ms": 200, "retries": 1, "required": False}
    assert calls["b/admin"] == {"url": "grpc://b.test:9000", "timeout_ms": 1.5, "retries": 0, "required": True}
    assert {name: entry["url"] for name, entry in calls.items()} == {
        "b": "http://b.test:8082",
        "b/admin": "grpc://b.test:9000",
        "maps": "https://maps.example.com",
        "inner": "http://inner.example.com:8000",
        "db": "tcp://db.example.com:5432",
    }


def test_each_call_has_a_variable_with_its_address() -> None:
    whole = system()
    found = {name: value for name, value in wiring(whole, whole.services["a"], address, None).items() if "URL" in name}
    assert found == {
        "B_URL": "http://b.test:8082",
        "B_ADMIN_URL": "grpc://b.test:9000",
        "MAPS_URL": "https://maps.example.com",
        "INNER_URL": "http://inner.example.com:8000",
        "DB_URL": "tcp://db.example.com:5432",
    }


@pytest.mark.parametrize(
    ("more", "variable", "value"),
    [
        ("calls: [{to: b, variable: CATALOG}]", "CATALOG", "http://b.test:8082"),
        ("calls: [{to: b}]\nenv: {B_URL: mine}", "B_URL", None),
        ("calls: [{to: b}]\nsecrets: {B_URL: {name: x, key: y}}", "B_URL", None),
        ("calls: [{to: b-c}]", "B_C_URL", "http://b-c.test:80"),
    ],
)
def test_the_name_can_be_chosen_and_what_the_manifest_gives_itself_stays(
    more: str, variable: str, value: str | None
) -> None:
    caller = f"apiVersion: oneway/v1\nservice: a\nversion: 1.0.0\nowner: o\ndomain: d\n{more}\n".encode()
    other = CALLEE.replace(b"service: b", b"service: b-c").replace(b"8082", b"80")
    whole = load(
        [("p/platform.yaml", PLATFORM), ("p/a.yaml", caller), ("p/b.yaml", CALLEE), ("p/c.yaml", other)]
    ).system
    assert wiring(whole, whole.services["a"], address, None).get(variable) == value


def test_calls_are_led_elsewhere_everywhere() -> None:
    whole = system()
    before = {**wiring(whole, whole.services["a"], address, None), "OTHER": "x"}
    led = lead_calls(before, {"b": "http://127.0.0.1:7", "nobody": "http://127.0.0.1:8"})
    assert json.loads(led["ONEWAY_CALLS"])["b"]["url"] == led["B_URL"] == "http://127.0.0.1:7"
    assert json.loads(led["ONEWAY_CALLS"])["b/admin"]["url"] == led["B_ADMIN_URL"] == "grpc://b.test:9000"
    assert {name for name in before if before[name] != led[name]} == {"ONEWAY_CALLS", "B_URL"}
