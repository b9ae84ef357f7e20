"""Kubernetes objects: workloads, Services, Ingresses, and the calls that variables and NetworkPolicies show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from .hosts import named_hosts
from .observed import Observed, ObservedCall, ObservedService, TakenSecret, service_name, split_secrets

WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet"})

Object = Mapping[str, Any]


def is_kubernetes(document: Any) -> bool:
    """Whether this is one Kubernetes object."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("kind"), str)
        and isinstance(document.get("apiVersion"), str)
    )


def read_kubernetes(objects: Sequence[tuple[str, Object]]) -> Observed:
    """What (file, object) pairs show together: Services select workloads, policies name both ends of a call."""
    workloads = [(file, each) for file, each in objects if each["kind"] in WORKLOADS and _name(each)]
    hosts = {_name(each): service_name(_name(each)) for _, each in workloads}
    for _, each in objects:
        if each["kind"] == "Service":
            hosts |= {
                _name(each): service_name(_name(one)) for _, one in _selected(_at(each, "spec", "selector"), workloads)
            }
    public = set(_public(objects, hosts))
    services = [_service(file, each, service_name(_name(each)) in public) for file, each in workloads]
    calls = [*_environment_calls(workloads, hosts), *_policy_calls(objects, workloads)]
    return Observed(tuple(services), tuple(sorted(set(calls))))


def _service(file: str, workload: Object, public: bool) -> ObservedService:
    containers = _containers(workload)
    first = containers[0] if containers else {}
    plain, secret = split_secrets(_environment(workload))
    replicas = _at(workload, "spec").get("replicas")
    requests = _at(first, "resources", "requests")
    return ObservedService(
        name=service_name(_name(workload)),
        source=file,
        image=str(first.get("image") or ""),
        ports=dict(_ports(containers)),
        replicas=replicas if isinstance(replicas, int) else None,
        cpu=_quantity(requests.get("cpu")),
        memory=_quantity(requests.get("memory")),
        env=plain,
        secret_env=secret | dict(_from_secrets(workload)),
        public=public,
    )


def _ports(containers: Sequence[Object]) -> Iterator[tuple[str, int]]:
    for container in containers:
        for each in _items(container, "ports"):
            number = each.get("containerPort")
            if isinstance(number, int) and 0 < number < 65536:
                name = each.get("name")
                yield (service_name(name) if isinstance(name, str) else f"port-{number}"), number


def _environment_calls(workloads: Sequence[tuple[str, Object]], hosts: Mapping[str, str]) -> Iterator[ObservedCall]:
    for file, workload in workloads:
        caller = service_name(_name(workload))
        for each in named_hosts(_environment(workload), hosts):
            yield ObservedCall(caller, hosts[each.host], f"environment {each.variable}", file, 0, each.scheme)


def _policy_calls(
    objects: Sequence[tuple[str, Object]], workloads: Sequence[tuple[str, Object]]
) -> Iterator[ObservedCall]:
    for file, policy in objects:
        if policy["kind"] != "NetworkPolicy":
            continue
        inside = _selected(_at(policy, "spec", "podSelector", "matchLabels"), workloads)
        for rule, direction in (
            (each, way) for way in ("ingress", "egress") for each in _items(_at(policy, "spec"), way)
        ):
            for peer in _items(rule, "from" if direction == "ingress" else "to"):
                outside = _selected(_at(peer, "podSelector", "matchLabels"), workloads)
                pairs = ((a, b) for _, a in outside for _, b in inside)
                for a, b in pairs:
                    caller, callee = (a, b) if direction == "ingress" else (b, a)
                    why = f"network policy {_name(policy)}"
                    yield ObservedCall(service_name(_name(caller)), service_name(_name(callee)), why, file)


def _public(objects: Sequence[tuple[str, Object]], hosts: Mapping[str, str]) -> Iterator[str]:
    for _, each in objects:
        exposed = each["kind"] == "Service" and _at(each, "spec").get("type") in ("LoadBalancer", "NodePort")
        if exposed and _name(each) in hosts:
            yield hosts[_name(each)]
        if each["kind"] == "Ingress":
            for rule in _items(_at(each, "spec"), "rules"):
                for path in _items(_at(rule, "http"), "paths"):
                    backend = str(
                        _at(path, "backend", "service").get("name") or _at(path, "backend").get("serviceName")
                    )
                    if backend in hosts:
                        yield hosts[backend]


def _selected(labels: Mapping[str, Any], workloads: Sequence[tuple[str, Object]]) -> list[tuple[str, Object]]:
    """The workloads whose pods carry all the labels; none for an empty selector, which shows no particular call."""
    if not labels:
        return []
    return [
        (file, each)
        for file, each in workloads
        if labels.items() <= _at(each, "spec", "template", "metadata", "labels").items()
    ]


def _environment(workload: Object) -> dict[str, str]:
    return {
        str(each["name"]): str(each["value"])
        for container in _containers(workload)
        for each in _items(container, "env")
        if "name" in each and isinstance(each.get("value"), str | int | float | bool)
    }


def _from_secrets(workload: Object) -> Iterator[tuple[str, TakenSecret]]:
    for container in _containers(workload):
        for each in _items(container, "env"):
            reference = _at(each, "valueFrom", "secretKeyRef")
            if reference and "name" in each:
                name, key = str(reference.get("name") or ""), str(reference.get("key") or "")
                yield str(each["name"]), TakenSecret("", name, key)


def _containers(workload: Object) -> list[Object]:
    return _items(_at(workload, "spec", "template", "spec"), "containers")


def _quantity(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _name(each: Object) -> str:
    name = _at(each, "metadata").get("name")
    return name if isinstance(name, str) else ""


def _items(node: Object, key: str) -> list[Object]:
    items = node.get(key)
    return [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []


def _at(node: Any, *path: str) -> Mapping[str, Any]:
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}
