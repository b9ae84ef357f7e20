"""Every check of the table passes on what is generated, and fails on a copy that was spoiled for it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from linter_checks import QUESTIONS, container, exempt, template, workload

GENERATED = Path(__file__).parents[1] / "golden" / "kubernetes" / "generated"
Objects = dict[str, Any]


def read(file: Path, service: str) -> Objects:
    found = {}
    for each in yaml.safe_load_all(file.read_text()):
        name = each["metadata"]["name"]
        found[each["kind"] if name == service else f"{each['kind']} {name}"] = each
    return found


SERVICES = {
    f"{file.parts[-3]}/{file.stem}": read(file, file.stem) for file in sorted(GENERATED.glob("*/services/*.yaml"))
}
SERVICES["site/monitor"] = read(GENERATED / "site" / "monitor.yaml", "platform-monitor")
WHOLE = SERVICES["staging/door"]
STABLE = SERVICES["staging/bus"]
FIXED = SERVICES["staging/pictures"]


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize(("judge", "check"), QUESTIONS)
def test_generated_objects_pass_or_say_why_not(name: str, judge: str, check: str) -> None:
    objects = SERVICES[name]
    waived = exempt(objects, check)
    assert QUESTIONS[judge, check](objects) or waived or (check == "required-annotation-email" and _no_mail(objects))
    if waived and judge != "kube-linter":
        assert workload(objects)["metadata"]["annotations"][f"oneway/waives-{check}"]


def _no_mail(objects: Objects) -> bool:
    """The owner of these services has none in platform.yaml."""
    return bool(workload(objects)["metadata"]["labels"]["owner"] == "ben")


def _set(path: str, value: Any, base: Objects = WHOLE) -> Callable[[], Objects]:
    """A copy with one field set, or removed where the value is None; the path starts with a kind, a pod or a box."""

    def spoiled() -> Objects:
        objects = copy.deepcopy(base)
        first, *keys = path.split("/")
        start = {"workload": workload, "pod": template, "box": container}
        place: Any = start[first](objects) if first in start else objects[first]
        for key in keys[:-1]:
            place = place[int(key) if key.isdigit() else key]
        if value is None:
            del place[keys[-1]]
        else:
            place[keys[-1]] = value
        return objects

    return spoiled


def _without(kind: str, base: Objects = WHOLE) -> Callable[[], Objects]:
    return lambda: {key: each for key, each in base.items() if key != kind}


OTHER = {"matchLabels": {"app.kubernetes.io/name": "other"}}
SPOILED: dict[tuple[str, str], Callable[[], Objects]] = {
    ("kube-score", "deployment-replicas"): _set("workload/spec/replicas", 1, FIXED),
    ("kube-score", "deployment-targeted-by-hpa-does-not-have-replicas-configured"): _set("workload/spec/replicas", 2),
    ("kube-score", "horizontalpodautoscaler-replicas"): _set("HorizontalPodAutoscaler/spec/minReplicas", 1),
    ("kube-score", "deployment-strategy"): _set("workload/spec/strategy/type", "Recreate"),
    ("kube-score", "container-resources"): _set("box/resources/limits/memory", None),
    ("kube-score", "container-ephemeral-storage-request-and-limit"): _set(
        "box/resources/requests/ephemeral-storage", None
    ),
    ("kube-score", "pod-probes"): _set("box/readinessProbe", None),
    ("kube-score", "pod-probes-identical"): _set("box/livenessProbe/httpGet/path", "/readyz"),
    ("kube-score", "container-security-context-user-group-id"): _set("pod/spec/securityContext/runAsUser", 1000),
    ("kube-score", "container-security-context-privileged"): _set("box/securityContext/privileged", True),
    ("kube-score", "container-security-context-readonlyrootfilesystem"): _set(
        "box/securityContext/readOnlyRootFilesystem", None
    ),
    ("kube-score", "container-seccomp-profile"): _set("pod/spec/securityContext/seccompProfile", None),
    ("kube-score", "container-image-pull-policy"): _set("box/imagePullPolicy", "IfNotPresent"),
    ("kube-score", "container-image-tag"): _set("box/image", "registry.example.com:5000/all/door"),
    ("kube-score", "deployment-has-host-podantiaffinity"): _set("pod/spec/affinity", None),
    ("kube-score", "deployment-has-poddisruptionbudget"): _set("PodDisruptionBudget/spec/selector", OTHER),
    ("kube-score", "statefulset-has-servicename"): _without("Service bus-pods", STABLE),
    ("kube-score", "service-targets-pod"): _set("Service/spec/selector", OTHER["matchLabels"]),
    ("kube-score", "pod-networkpolicy"): _set("NetworkPolicy/spec/podSelector", OTHER),
    ("kube-linter", "no-rolling-update-strategy"): _set("workload/spec/strategy", None),
    ("kube-linter", "unset-cpu-requirements"): _set("box/resources/limits/cpu", None),
    ("kube-linter", "unset-memory-requirements"): _set("box/resources/requests/memory", None),
    ("kube-linter", "no-liveness-probe"): _set("box/livenessProbe", None),
    ("kube-linter", "no-readiness-probe"): _set("box/readinessProbe", None),
    ("kube-linter", "liveness-port"): _set("box/livenessProbe/httpGet/port", "admin"),
    ("kube-linter", "readiness-port"): _set("box/readinessProbe/httpGet/port", 8081),
    ("kube-linter", "startup-port"): _set("box/startupProbe/httpGet/port", "none"),
    ("kube-linter", "run-as-non-root"): _set("box/securityContext/runAsNonRoot", None),
    ("kube-linter", "no-read-only-root-fs"): _set("box/securityContext/readOnlyRootFilesystem", False),
    ("kube-linter", "privileged-container"): _set("box/securityContext/privileged", True),
    ("kube-linter", "privilege-escalation-container"): _set("box/securityContext/allowPrivilegeEscalation", True),
    ("kube-linter", "drop-net-raw-capability"): _set("box/securityContext/capabilities/drop", ["CHOWN"]),
    ("kube-linter", "no-anti-affinity"): _set("pod/spec/affinity/podAntiAffinity", {}),
    ("kube-linter", "latest-tag"): _set("box/image", "door:latest"),
    ("kube-linter", "mismatching-selector"): _set("workload/spec/selector", OTHER),
    ("kube-linter", "default-service-account"): _set("pod/spec/serviceAccountName", "default"),
    ("kube-linter", "env-var-secret"): _set("box/env", [{"name": "API_KEY", "value": "abc"}]),
    ("kube-linter", "host-network"): _set("pod/spec/hostNetwork", True),
    ("kube-linter", "use-namespace"): _set("Service/metadata/namespace", None),
    ("kube-linter", "required-label-owner"): _set("workload/metadata/labels/owner", None),
    ("kube-linter", "required-annotation-email"): _set("workload/metadata/annotations/email", None),
    ("kube-linter", "pdb-max-unavailable"): _set("PodDisruptionBudget/spec/maxUnavailable", 0),
    ("kube-linter", "pdb-unhealthy-pod-eviction-policy"): _set(
        "PodDisruptionBudget/spec/unhealthyPodEvictionPolicy", None
    ),
    ("Polaris", "deploymentMissingReplicas"): _set("workload/spec/replicas", 1, FIXED),
    ("Polaris", "livenessProbeMissing"): _set("box/livenessProbe", None),
    ("Polaris", "readinessProbeMissing"): _set("box/readinessProbe", None),
    ("Polaris", "automountServiceAccountToken"): _set("ServiceAccount/automountServiceAccountToken", None),
    ("Polaris", "topologySpreadConstraint"): _set("pod/spec/topologySpreadConstraints/0/labelSelector", None),
    ("Polaris", "missingPodDisruptionBudget"): _without("PodDisruptionBudget"),
    ("Polaris", "pdbDisruptionsIsZero"): _set("PodDisruptionBudget/spec/maxUnavailable", "0%"),
    ("Polaris", "pullPolicyNotAlways"): _set("box/imagePullPolicy", None),
    ("Polaris", "tagNotSpecified"): _set("box/image", "door"),
    ("Polaris", "missingNetworkPolicy"): _set("NetworkPolicy/spec/ingress", []),
    ("Polaris", "metadataAndInstanceMismatched"): _set("workload/metadata/name", "other"),
    ("Polaris", "priorityClassNotSet"): _set("pod/spec/priorityClassName", None),
    ("Polaris", "insecureCapabilities"): _set(
        "box/securityContext/capabilities", {"drop": ["ALL"], "add": ["NET_RAW"]}
    ),
    ("Polaris", "hostNetworkSet"): _set("pod/spec/hostPID", True),
    ("Polaris", "sensitiveContainerEnvVar"): _set("box/env", [{"name": "DB_PASSWORD", "value": "abc"}]),
    ("Polaris", "tlsSettingsMissing"): _set("Ingress/spec/tls", None),
    ("Oneway", "dns-egress"): _set("NetworkPolicy/spec/egress", []),
    ("Oneway", "drains-before-it-stops"): _set("pod/spec/terminationGracePeriodSeconds", 5),
    ("Oneway", "bounded-history"): _set("workload/spec/revisionHistoryLimit", 100),
}


@pytest.mark.parametrize(("judge", "check"), QUESTIONS)
def test_a_spoiled_object_fails(judge: str, check: str) -> None:
    spoiled = SPOILED[judge, check]()
    assert not QUESTIONS[judge, check](spoiled)
