"""What the monitor's pods are given to read: manifests, what checks send, descriptions that checks are made from."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from msgspec import structs

from oneway.errors import OnewayError
from oneway.generate import Images, Sources, kubernetes_files
from oneway.model import (
    Build,
    Check,
    ClusterMonitor,
    Endpoint,
    Environment,
    Job,
    Owner,
    Platform,
    Request,
    Service,
    Smoke,
)
from oneway.model import System as Declared

SMALL = json.dumps({"openapi": "3.1.0", "paths": {"/soap": {"get": {"responses": {"200": {}}}}}}).encode()


def service(name: str, smoke: Any) -> Service:
    endpoint = Endpoint(name="http", port=8000, openapi=f"{name}/openapi.json")
    return Service(
        api_version="oneway/v1",
        name=name,
        version="1.0.0",
        owner="ann",
        domain="d",
        build=Build(image=f"registry.example.com/{name}:1"),
        endpoints=(endpoint,),
        smoke=smoke,
    )


def monitor_objects(*services: Service) -> dict[str, Any]:
    """The objects of the monitor, by kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(monitor_file({}, *services))}


def monitor_file(files: Mapping[str, bytes], *services: Service) -> str:
    monitor = ClusterMonitor(image="registry.example.com/oneway:1")
    environment = Environment(target="kubernetes", registry="registry.example.com", monitor=monitor)
    platform = Platform(api_version="oneway/v1", name="p", owners={"ann": Owner()}, environments={"prod": environment})
    names = {each.name: f"manifests/{each.name}.yaml" for each in services}
    system = Declared(platform, {each.name: each for each in services}, names, "manifests/platform.yaml", "prod")

    def read(path: str) -> bytes:
        if path.startswith("manifests/"):
            return b"{}"
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    made = {each.path: each for each in kubernetes_files(system, Sources(Images(), lambda path: True, read))}
    return made["monitor.yaml"].content


def mounted(files: Mapping[str, bytes], *services: Service) -> set[str]:
    """The paths under which the pods see what the ConfigMap holds."""
    names = {each.name: f"manifests/{each.name}.yaml" for each in services}
    content = monitor_file(files, *services)
    objects = {each["kind"]: each for each in yaml.safe_load_all(content)}
    (volume,) = [
        e["configMap"] for e in objects["Deployment"]["spec"]["template"]["spec"]["volumes"] if "configMap" in e
    ]
    assert {each["key"] for each in volume["items"]} == {
        *objects["ConfigMap"].get("data", {}),
        *objects["ConfigMap"].get("binaryData", {}),
    }
    return {each["path"] for each in volume["items"]} - {"manifests/platform.yaml", *names.values()}


def test_descriptions_that_checks_are_made_from_are_there_and_no_others() -> None:
    files = {f"{name}/openapi.json": SMALL for name in ("asks", "plain", "off")}
    found = mounted(
        files, service("asks", Smoke(openapi=True)), service("plain", ()), service("off", Smoke(openapi=False))
    )
    assert found == {"asks/openapi.json"}


def test_a_description_that_is_not_there_stops_nothing() -> None:
    assert mounted({}, service("asks", Smoke(openapi=True))) == set()


def test_what_has_no_room_stays_away_the_largest_first_and_what_checks_send_never() -> None:
    sends = Check(name="sends", request=Request(method="POST", path="/", file="picture.bin"))
    files = {
        "picture.bin": bytes(400_000),
        "huge/openapi.json": b" " * 700_000,
        "large/openapi.json": b" " * 500_000,
        "small/openapi.json": SMALL,
    }
    services = (
        service("huge", Smoke(openapi=True)),
        service("large", Smoke(openapi=True, checks=(sends,))),
        service("small", Smoke(openapi=True)),
    )
    assert mounted(files, *services) == {"picture.bin", "large/openapi.json", "small/openapi.json"}


def test_more_than_a_config_map_holds_is_said_with_the_largest_file() -> None:
    sends = Check(name="sends", request=Request(method="POST", path="/", file="picture.bin"))
    with pytest.raises(OnewayError) as refused:
        mounted({"picture.bin": bytes(1_100_000)}, service("asks", (sends,)))
    assert "picture.bin" in str(refused.value.hint)


@pytest.mark.parametrize("jobs", [{}, {"tidy": Job(command=("tidy",), schedule="0 3 * * *")}])
def test_the_monitor_may_list_jobs_where_there_are_any(jobs: dict[str, Job]) -> None:
    rules = monitor_objects(structs.replace(service("a", Smoke()), jobs=jobs))["Role"]["rules"]
    asked = [each["verbs"] for each in rules if "jobs" in each["resources"]]
    assert asked == ([["list"]] if jobs else [])
