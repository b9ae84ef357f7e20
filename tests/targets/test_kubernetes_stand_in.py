"""The stand-in is trusted because it answers what a real API server (Kubernetes 1.36) answered to the same requests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from stand_in_cluster import Cluster, StandIn

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded" / "cluster_answers.json").read_text())
# What a cluster checks that no request of this tool depends on.
NOT_PLAYED = {
    "apply of an unknown field",
    "apply of nonsense",
    "apply in a namespace that is not there",
    "what may I do",
    "watch",
    "watch from forgotten history",
}
DENIED = {
    "not allowed to list": ("list", "pods"),
    "not allowed to apply": ("patch", "deployments"),
    "not allowed to read a log": ("get", "pods/log"),
}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn(Cluster())
    yield server
    server.stop()


def test_it_answers_as_recorded(stand_in: StandIn) -> None:
    """In the order in which they were asked, for each builds on the ones before."""
    versions: dict[str, str] = {}
    for each in RECORDED:
        if each["name"] in NOT_PLAYED:
            continue
        if each["name"] in DENIED:
            stand_in.cluster.denied.add(DENIED[each["name"]])
        reply = _ask(stand_in, each, versions)
        assert reply.status_code == each["status"], each["name"]
        if reply.headers["Content-Type"] == "application/json":
            _same(each["name"], each["answer"], reply.json())
        else:
            assert reply.text == each["answer"], each["name"]
        stand_in.cluster.denied.clear()


def _ask(stand_in: StandIn, each: dict[str, Any], versions: dict[str, str]) -> requests.Response:
    request = each["request"]
    body = request["body"]
    if body and body.get("metadata", {}).get("resourceVersion") == "OLD":
        body["metadata"]["resourceVersion"] = versions["first"]
    reply = requests.request(
        request["method"],
        stand_in.url + request["path"],
        params=request["query"],
        data=None if body is None else json.dumps(body),
        headers={"Content-Type": request["content_type"]},
        timeout=5,
    )
    if each["name"] == "create a lease":
        versions["first"] = reply.json()["metadata"]["resourceVersion"]
    return reply


def _same(name: str, recorded: dict[str, Any], given: dict[str, Any]) -> None:
    if recorded.get("kind") == "Status":
        for key in ("status", "reason", "code", "message"):
            assert _without_ids(given.get(key)) == _without_ids(recorded.get(key)), (name, key)
        assert given.get("details", {}).get("causes") == recorded.get("details", {}).get("causes"), name
        return
    assert _managers(given) == _managers(recorded), name
    if "spec" in recorded and recorded["kind"] == "Deployment":
        assert given["spec"]["replicas"] == recorded["spec"]["replicas"], name
        container = recorded["spec"]["template"]["spec"]["containers"][0]
        assert given["spec"]["template"]["spec"]["containers"][0].get("env") == container.get("env"), name


def _managers(body: dict[str, Any]) -> list[tuple[str, str, set[str]]]:
    """Who owns which leaves; what the controllers own is theirs alone."""
    entries = body.get("metadata", {}).get("managedFields") or []
    found = [
        (each["manager"], each["operation"], set(_leaves(each["fieldsV1"])))
        for each in entries
        if each.get("subresource") != "status" and each["manager"] != "kube-controller-manager"
    ]
    return sorted((who, how, leaves) for who, how, leaves in found if leaves)


def _leaves(tree: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, inner in tree.items():
        if key == ".":
            continue
        if inner:
            yield from _leaves(inner, f"{path}/{key}")
        else:
            yield f"{path}/{key}"


def _without_ids(text: Any) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UID", str(text))
