"""The workloads that stand beside what serves: what of them differs from it, and what must not."""

import json
from dataclasses import replace
from typing import Any

from cluster_trial import Recipe, system

from oneway.generate import objects, survey
from oneway.targets.kubernetes.difference import flat
from oneway.targets.kubernetes.variants import (
    access,
    bounded,
    canary,
    pointed,
    rehearsal,
    stamped,
    workload_of,
)

Object = dict[str, Any]


def made(name: str, recipe: Recipe | None = None) -> tuple[Object, ...]:
    whole = system(recipe or Recipe())
    return stamped(objects(survey(whole), whole.services[name], "registry.example.com/x:1"), 7)


def of_kind(found: tuple[Object, ...], kind: str) -> Object:
    (body,) = [each for each in found if each["kind"] == kind]
    return body


def differing(one: Object, other: Object) -> set[str]:
    before, after = flat(one), flat(other)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def selects(selector: dict[str, str], pod: Object) -> bool:
    labels: dict[str, str] = pod["spec"]["template"]["metadata"]["labels"]
    return selector.items() <= labels.items()


def test_a_canary_runs_the_very_same_pod() -> None:
    main, beside = workload_of(made("echo")), workload_of(canary(made("echo"), "echo", 3))
    assert beside["metadata"]["name"] == "echo-canary"
    assert beside["spec"]["replicas"] == 3
    assert differing(main["spec"]["template"], beside["spec"]["template"]) == {
        "metadata.labels[app.kubernetes.io/instance]",
        "metadata.labels[oneway/track]",
    }


def test_no_selector_takes_the_others_pods() -> None:
    service, main = of_kind(made("echo"), "Service"), workload_of(made("echo"))
    beside = workload_of(canary(made("echo"), "echo", 1))
    assert selects(service["spec"]["selector"], main)
    assert not selects(service["spec"]["selector"], beside)
    assert not selects(main["spec"]["selector"]["matchLabels"], beside)
    assert not selects(beside["spec"]["selector"]["matchLabels"], main)


def test_a_pod_enters_the_traffic_by_one_label_and_stays_its_workloads() -> None:
    service, beside = of_kind(made("echo"), "Service"), workload_of(canary(made("echo"), "echo", 1))
    beside["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/instance"] = "echo"
    assert selects(service["spec"]["selector"], beside)
    assert selects(beside["spec"]["selector"]["matchLabels"], beside)


def test_at_a_hundred_percent_the_service_goes_by_the_release() -> None:
    service = of_kind(pointed(made("echo"), "echo", 7), "Service")
    assert selects(service["spec"]["selector"], workload_of(made("echo")))
    assert selects(service["spec"]["selector"], workload_of(canary(made("echo"), "echo", 1)))
    assert not selects(service["spec"]["selector"], rehearsal(made("echo"), "echo", "front"))


def test_a_rehearsal_calls_the_canary_and_nobody_finds_it() -> None:
    body = rehearsal(made("front"), "front", "echo")
    container = body["spec"]["template"]["spec"]["containers"][0]
    calls = json.loads(next(each["value"] for each in container["env"] if each["name"] == "ONEWAY_CALLS"))
    assert calls["echo"]["url"] == "http://echo-canary:8080"
    assert not selects(of_kind(made("front"), "Service")["spec"]["selector"], body)
    assert of_kind(canary(made("echo"), "echo", 1), "Service")["metadata"]["name"] == "echo-canary"


def test_a_rehearsal_asks_for_little_cpu_and_keeps_its_limits() -> None:
    big = made("echo", replace(Recipe(), echo="replicas: 1"))
    container = workload_of(big)["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": "2", "memory": "1Gi"}, "limits": {"cpu": "4", "memory": "1Gi"}}
    modest = rehearsal(big, "echo", "other")["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert modest == {"requests": {"cpu": "100m", "memory": "1Gi"}, "limits": {"cpu": "4", "memory": "1Gi"}}


def test_a_stable_identity_never_meets_the_canarys() -> None:
    stable = made("echo", replace(Recipe(), identity="stable"))
    beside = workload_of(canary(stable, "echo", 2))
    alone = rehearsal(stable, "echo", "other")
    assert workload_of(stable)["spec"].get("ordinals") is None
    assert (beside["spec"]["ordinals"], alone["spec"]["ordinals"]) == ({"start": 1000}, {"start": 1016})


def test_a_caller_brings_its_own_permission() -> None:
    whole = system(Recipe())
    (policy,) = access(whole.services["front"], whole, {"owner": "ann"})
    assert policy["metadata"] == {"name": "front-to-echo", "labels": {"owner": "ann"}}
    assert policy["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "echo"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "front"}}}],
                "ports": [{"port": 8080, "protocol": "TCP"}],
            }
        ],
    }
    assert access(whole.services["echo"], whole, {}) == ()


def test_long_names_stay_apart_and_short_enough_for_labels() -> None:
    one, other = bounded("a" * 50 + "-with-" + "b" * 50), bounded("a" * 50 + "-with-" + "c" * 50)
    assert one != other
    assert max(len(one), len(other)) <= 45
    assert bounded("id-canary") == "id-canary"
