"""The checks of kube-score, kube-linter and Polaris that generated objects promise to pass, in our own words.

Each is a question about one service's objects by kind; the answer is whether the named check would be content.
"""

from collections.abc import Callable, Mapping
from typing import Any

Objects = Mapping[str, Any]
Question = Callable[[Objects], bool]


def workload(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = objects.get("Deployment") or objects["StatefulSet"]
    return found


def template(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = workload(objects)["spec"]["template"]
    return found


def container(objects: Objects) -> dict[str, Any]:
    found: dict[str, Any] = template(objects)["spec"]["containers"][0]
    return found


def exempt(objects: Objects, check: str) -> bool:
    """Whether the workload's annotations waive the check, as its judge reads them."""
    about = workload(objects)["metadata"].get("annotations", {})
    return (
        about.get(f"polaris.fairwinds.com/{check}-exempt") == "true"
        or check in about.get("kube-score/ignore", "").split(",")
        or f"ignore-check.kube-linter.io/{check}" in about
    )


def _replicas(objects: Objects) -> bool:
    return "StatefulSet" in objects or "HorizontalPodAutoscaler" in objects or _count(objects) >= 2


def _count(objects: Objects) -> int:
    return int(workload(objects)["spec"].get("replicas", 0))


def _not_set_beside_autoscaler(objects: Objects) -> bool:
    return "HorizontalPodAutoscaler" not in objects or "replicas" not in workload(objects)["spec"]


def _autoscaler_range(objects: Objects) -> bool:
    spec = objects.get("HorizontalPodAutoscaler", {}).get("spec", {"minReplicas": 2, "maxReplicas": 3})
    return 2 <= int(spec["minReplicas"]) < int(spec["maxReplicas"])


def _rolling(objects: Objects) -> bool:
    spec = workload(objects)["spec"]
    return (spec.get("strategy") or spec.get("updateStrategy") or {}).get("type") == "RollingUpdate"


def _amounts(name: str) -> Question:
    def asked(objects: Objects) -> bool:
        resources = container(objects)["resources"]
        return all(name in resources.get(part, {}) for part in ("requests", "limits"))

    return asked


def _probe(name: str) -> Question:
    return lambda objects: name in container(objects)


def _probes_differ(objects: Objects) -> bool:
    one, other = (container(objects).get(name, {}).get("httpGet") for name in ("readinessProbe", "livenessProbe"))
    return one is None or one != other


def _probe_port(name: str) -> Question:
    def asked(objects: Objects) -> bool:
        box = container(objects)
        probe = box.get(name, {})
        wanted = [each["port"] for kind in ("httpGet", "tcpSocket", "grpc") if (each := probe.get(kind))]
        known = {each[key] for each in box.get("ports", ()) for key in ("name", "containerPort")}
        return set(wanted) <= known

    return asked


def _security(name: str, wanted: object) -> Question:
    return lambda objects: container(objects)["securityContext"].get(name) == wanted


def _no_privileges(objects: Objects) -> bool:
    context = container(objects)["securityContext"]
    return bool(context.get("capabilities") == {"drop": ["ALL"]})


def _high_ids(objects: Objects) -> bool:
    context = template(objects)["spec"]["securityContext"]
    return all(context.get(name, 0) >= 10000 for name in ("runAsUser", "runAsGroup", "fsGroup"))


def _seccomp(objects: Objects) -> bool:
    return bool(template(objects)["spec"]["securityContext"].get("seccompProfile") == {"type": "RuntimeDefault"})


def _no_host(objects: Objects) -> bool:
    spec = template(objects)["spec"]
    paths = [each for each in spec.get("volumes", ()) if "hostPath" in each]
    ports = [each for each in container(objects).get("ports", ()) if "hostPort" in each]
    return not (paths or ports or spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC"))


def _no_token(objects: Objects) -> bool:
    both = (template(objects)["spec"], objects["ServiceAccount"])
    return all(each.get("automountServiceAccountToken") is False for each in both)


def _own_account(objects: Objects) -> bool:
    name = template(objects)["spec"].get("serviceAccountName", "default")
    return bool(name == objects["ServiceAccount"]["metadata"]["name"] != "default")


def _anti_affinity(objects: Objects) -> bool:
    rules = template(objects)["spec"].get("affinity", {}).get("podAntiAffinity", {})
    terms = rules.get("preferredDuringSchedulingIgnoredDuringExecution", ())
    return any(_selects(each["podAffinityTerm"]["labelSelector"], objects) for each in terms)


def _spread(objects: Objects) -> bool:
    constraints = template(objects)["spec"].get("topologySpreadConstraints", ())
    return any(_selects(each.get("labelSelector", {}), objects) for each in constraints)


def _selects(selector: Mapping[str, Any], objects: Objects) -> bool:
    wanted = selector.get("matchLabels", {}).items()
    return bool(wanted) and wanted <= template(objects)["metadata"]["labels"].items()


def _budget(objects: Objects) -> bool:
    return _selects(objects.get("PodDisruptionBudget", {}).get("spec", {}).get("selector", {}), objects)


def _budget_not_zero(objects: Objects) -> bool:
    spec = objects["PodDisruptionBudget"]["spec"]
    return bool(spec.get("maxUnavailable") not in (0, "0%") and spec.get("minAvailable") != "100%")


def _eviction(objects: Objects) -> bool:
    return bool(objects["PodDisruptionBudget"]["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow")


def _always_pulled(objects: Objects) -> bool:
    return bool(container(objects).get("imagePullPolicy") == "Always")


def _pinned(objects: Objects) -> bool:
    name = container(objects)["image"].partition("@")[0].rpartition("/")[2]
    return ":" in name and not name.endswith(":latest")


def _policy(objects: Objects) -> bool:
    spec = objects.get("NetworkPolicy", {}).get("spec", {})
    one_label = len(spec.get("podSelector", {}).get("matchLabels", {})) == 1 and _selects(spec["podSelector"], objects)
    return one_label and all(spec.get(rules) for rules in ("ingress", "egress"))


def _dns(objects: Objects) -> bool:
    rules = objects["NetworkPolicy"]["spec"].get("egress", ())
    ports = {(each["port"], each["protocol"]) for rule in rules for each in rule.get("ports", ())}
    return {(53, "UDP"), (53, "TCP")} <= ports


def _owner_label(objects: Objects) -> bool:
    return bool(workload(objects)["metadata"].get("labels", {}).get("owner"))


def _email(objects: Objects) -> bool:
    return "@" in workload(objects)["metadata"].get("annotations", {}).get("email", "")


def _selector_matches(objects: Objects) -> bool:
    return _selects(workload(objects)["spec"]["selector"], objects)


def _instance_is_name(objects: Objects) -> bool:
    about = workload(objects)["metadata"]
    return bool(about["labels"].get("app.kubernetes.io/instance") == about["name"])


def _namespaced(objects: Objects) -> bool:
    return all(each["metadata"].get("namespace") not in (None, "", "default") for each in objects.values())


def _no_secret_values(objects: Objects) -> bool:
    words = ("SECRET", "PASSWORD", "TOKEN", "KEY")
    found = [each for each in container(objects).get("env", ()) if any(word in each["name"] for word in words)]
    return all("value" not in each for each in found)


def _priority(objects: Objects) -> bool:
    return bool(template(objects)["spec"].get("priorityClassName"))


def _headless(objects: Objects) -> bool:
    if "StatefulSet" not in objects:
        return True
    name = workload(objects)["spec"].get("serviceName")
    service = objects.get(f"Service {name}", {})
    return bool(service) and service["spec"].get("clusterIP") == "None"


def _tls(objects: Objects) -> bool:
    ingresses = [each for each in objects.values() if each["kind"] == "Ingress"]
    return all(each["spec"].get("tls") for each in ingresses)


def _drains(objects: Objects) -> bool:
    pause = container(objects).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    return bool(0 < pause < template(objects)["spec"].get("terminationGracePeriodSeconds", 30))


def _service_reaches_pods(objects: Objects) -> bool:
    services = [each for each in objects.values() if each["kind"] == "Service"]
    return all(_selects({"matchLabels": each["spec"]["selector"]}, objects) for each in services)


def _no_rollback_clutter(objects: Objects) -> bool:
    return 1 <= int(workload(objects)["spec"].get("revisionHistoryLimit", 10)) <= 10


QUESTIONS: dict[tuple[str, str], Question] = {
    ("kube-score", "deployment-replicas"): _replicas,
    ("kube-score", "deployment-targeted-by-hpa-does-not-have-replicas-configured"): _not_set_beside_autoscaler,
    ("kube-score", "horizontalpodautoscaler-replicas"): _autoscaler_range,
    ("kube-score", "deployment-strategy"): _rolling,
    ("kube-score", "container-resources"): _amounts("memory"),
    ("kube-score", "container-ephemeral-storage-request-and-limit"): _amounts("ephemeral-storage"),
    ("kube-score", "pod-probes"): _probe("readinessProbe"),
    ("kube-score", "pod-probes-identical"): _probes_differ,
    ("kube-score", "container-security-context-user-group-id"): _high_ids,
    ("kube-score", "container-security-context-privileged"): _security("privileged", False),
    ("kube-score", "container-security-context-readonlyrootfilesystem"): _security("readOnlyRootFilesystem", True),
    ("kube-score", "container-seccomp-profile"): _seccomp,
    ("kube-score", "container-image-pull-policy"): _always_pulled,
    ("kube-score", "container-image-tag"): _pinned,
    ("kube-score", "deployment-has-host-podantiaffinity"): _anti_affinity,
    ("kube-score", "deployment-has-poddisruptionbudget"): _budget,
    ("kube-score", "statefulset-has-servicename"): _headless,
    ("kube-score", "service-targets-pod"): _service_reaches_pods,
    ("kube-score", "pod-networkpolicy"): lambda objects: _selects(
        objects["NetworkPolicy"]["spec"]["podSelector"], objects
    ),
    ("kube-linter", "no-rolling-update-strategy"): _rolling,
    ("kube-linter", "unset-cpu-requirements"): _amounts("cpu"),
    ("kube-linter", "unset-memory-requirements"): _amounts("memory"),
    ("kube-linter", "no-liveness-probe"): _probe("livenessProbe"),
    ("kube-linter", "no-readiness-probe"): _probe("readinessProbe"),
    ("kube-linter", "liveness-port"): _probe_port("livenessProbe"),
    ("kube-linter", "readiness-port"): _probe_port("readinessProbe"),
    ("kube-linter", "startup-port"): _probe_port("startupProbe"),
    ("kube-linter", "run-as-non-root"): _security("runAsNonRoot", True),
    ("kube-linter", "no-read-only-root-fs"): _security("readOnlyRootFilesystem", True),
    ("kube-linter", "privileged-container"): _security("privileged", False),
    ("kube-linter", "privilege-escalation-container"): _security("allowPrivilegeEscalation", False),
    ("kube-linter", "drop-net-raw-capability"): _no_privileges,
    ("kube-linter", "no-anti-affinity"): _anti_affinity,
    ("kube-linter", "latest-tag"): _pinned,
    ("kube-linter", "mismatching-selector"): _selector_matches,
    ("kube-linter", "default-service-account"): _own_account,
    ("kube-linter", "env-var-secret"): _no_secret_values,
    ("kube-linter", "host-network"): _no_host,
    ("kube-linter", "use-namespace"): _namespaced,
    ("kube-linter", "required-label-owner"): _owner_label,
    ("kube-linter", "required-annotation-email"): _email,
    ("kube-linter", "pdb-max-unavailable"): _budget_not_zero,
    ("kube-linter", "pdb-unhealthy-pod-eviction-policy"): _eviction,
    ("Polaris", "deploymentMissingReplicas"): lambda objects: "StatefulSet" in objects or _count(objects) >= 2,
    ("Polaris", "livenessProbeMissing"): _probe("livenessProbe"),
    ("Polaris", "readinessProbeMissing"): _probe("readinessProbe"),
    ("Polaris", "automountServiceAccountToken"): _no_token,
    ("Polaris", "topologySpreadConstraint"): _spread,
    ("Polaris", "missingPodDisruptionBudget"): _budget,
    ("Polaris", "pdbDisruptionsIsZero"): _budget_not_zero,
    ("Polaris", "pullPolicyNotAlways"): _always_pulled,
    ("Polaris", "tagNotSpecified"): _pinned,
    ("Polaris", "missingNetworkPolicy"): _policy,
    ("Polaris", "metadataAndInstanceMismatched"): _instance_is_name,
    ("Polaris", "priorityClassNotSet"): _priority,
    ("Polaris", "insecureCapabilities"): _no_privileges,
    ("Polaris", "hostNetworkSet"): _no_host,
    ("Polaris", "sensitiveContainerEnvVar"): _no_secret_values,
    ("Polaris", "tlsSettingsMissing"): _tls,
    ("Oneway", "dns-egress"): _dns,
    ("Oneway", "drains-before-it-stops"): _drains,
    ("Oneway", "bounded-history"): _no_rollback_clutter,
}
