import json

from oneway.generate import wiring
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
