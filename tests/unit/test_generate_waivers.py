from typing import Any

import pytest
from generated_systems import HTTP, made, system

from oneway.generate import waivers
from oneway.generate.kubernetes import Waiver

WITH_PROBES = {"endpoints": [HTTP], "health": {"ready": "/r", "live": "/l"}, "replicas": 2}

BUILD = {"path": "a", "runtime": "python3.11", "start": ["x"], "system": ["tzdata"]}


def checks(fields: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each.judge, each.check) for each in waivers(system({"service": "a", **fields}))}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, set()),
        ({"scale": {"min": 2, "max": 4}, "replicas": None}, {("polaris", "deploymentMissingReplicas")}),
        ({"replicas": 1}, {("polaris", "deploymentMissingReplicas"), ("kube-score", "deployment-replicas")}),
        ({"replicas": 1, "identity": "stable"}, set()),
        ({"secrets": {"K": {"name": "k", "key": "k"}}}, {("checkov", "CKV_K8S_35")}),
        ({"health": {"ready": "/x", "live": "/x"}}, {("kube-score", "pod-probes-identical")}),
        ({"build": BUILD}, {("hadolint", "DL3008")}),
    ],
)
def test_only_what_contradicts_is_waived(fields: dict[str, Any], wanted: set[tuple[str, str]]) -> None:
    whole = {key: value for key, value in {**WITH_PROBES, **fields}.items() if value is not None}
    assert checks(whole) == wanted


STORE = {
    "service": "store",
    "kind": "backing",
    "build": {"image": "postgres:17"},
    "endpoints": [{"name": "sql", "port": 5432, "protocol": "tcp"}],
    "connection": {
        "variable": "STORE_URL",
        "url": "postgres://a:${password}@${address}/a",
        "secret": {"name": "store", "key": "password"},
    },
}


@pytest.mark.parametrize("password", [True, False])
def test_the_password_of_a_connection_is_a_secret_of_whoever_is_told_it(password: bool) -> None:
    connection = {"variable": "STORE_URL", "url": "postgres://a@${address}/a"}
    store = STORE if password else STORE | {"connection": connection}
    whole = system(store, {"service": "a", **WITH_PROBES, "calls": [{"to": "store"}]}, {"service": "b", **WITH_PROBES})
    waived = {each.service for each in waivers(whole) if each.check == "CKV_K8S_35"}
    assert waived == ({"a", "store"} if password else set())
    for name in ("a", "b", "store"):
        objects = made(whole, name)
        about = (objects.get("Deployment") or objects["StatefulSet"])["metadata"].get("annotations", {})
        assert any(each.startswith("CKV_K8S_35=") for each in about.values()) is (name in waived)


def test_a_service_without_endpoints_has_nothing_to_probe_or_to_reach() -> None:
    found = checks({"replicas": 2})
    assert ("polaris", "missingNetworkPolicy") in found
    assert {("checkov", "CKV_K8S_8"), ("kube-linter", "no-readiness-probe"), ("kube-score", "pod-probes")} <= found


def test_every_waiver_is_an_annotation_with_its_reason() -> None:
    whole = system({"service": "a", "secrets": {"K": {"name": "k", "key": "k"}}})
    found = made(whole, "a")["Deployment"]["metadata"]["annotations"]
    for each in waivers(whole):
        assert each.reason
        carried = {
            "polaris": found.get(f"polaris.fairwinds.com/{each.check}-exempt") == "true",
            "kube-score": each.check in found.get("kube-score/ignore", "").split(","),
            "kube-linter": found.get(f"ignore-check.kube-linter.io/{each.check}") == each.reason,
            "checkov": f"{each.check}={each.reason}" in found.values(),
        }[each.judge]
        assert carried, each
        assert any(each.reason in text for text in found.values())


def test_waivers_are_sorted_over_all_services() -> None:
    found = waivers(system({"service": "b"}, {"service": "a"}))
    assert list(found) == sorted(found)
    assert {each.service for each in found} == {"a", "b"}
    assert isinstance(found[0], Waiver)
