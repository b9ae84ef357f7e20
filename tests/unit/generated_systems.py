"""Small systems for tests of what is generated, from manifests in a few words."""

from typing import Any

import yaml

from oneway.generate import Images, objects, survey
from oneway.manifest import load
from oneway.model import System

DIGEST = "sha256:" + "0" * 64
PROD: dict[str, Any] = {"target": "kubernetes", "namespace": "shop", "registry": "registry.example.com/shop"}


def system(*services: dict[str, Any], environment: str = "prod", **platform: Any) -> System:
    """The services with the fields given, and `prod` as the platform's environment."""
    whole = {"apiVersion": "oneway/v1", "platform": "shop", "environments": {"prod": PROD}, **platform}
    files = [("manifests/platform.yaml", yaml.safe_dump(whole).encode())]
    for each in services:
        body = {"apiVersion": "oneway/v1", "version": "1.0.0", "owner": "ada", "domain": "all", **each}
        files.append((f"manifests/{each['service']}.yaml", yaml.safe_dump(body).encode()))
    loaded = load(files, environment)
    assert not loaded.findings, loaded.findings
    return loaded.system


def made(whole: System, name: str, files: dict[str, bytes] | None = None) -> dict[str, Any]:
    """The objects of one service by kind; kinds that come twice under kind and name."""
    found: dict[str, Any] = {}
    for each in objects(survey(whole), whole.services[name], f"{name}:1.0.0@{DIGEST}", files or {}):
        key = each["kind"] if each["metadata"]["name"] == name else f"{each['kind']} {each['metadata']['name']}"
        assert key not in found
        found[key] = each
    return found


def pod(found: dict[str, Any]) -> dict[str, Any]:
    """The pod's spec of a service's workload."""
    workload = found.get("Deployment") or found["StatefulSet"]
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def environment_of(found: dict[str, Any]) -> dict[str, Any]:
    """The container's variables by name: the text, or where it comes from."""
    variables = pod(found)["containers"][0]["env"]
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in variables}


HTTP = {"name": "http", "port": 8080}
NO_IMAGES = Images()
