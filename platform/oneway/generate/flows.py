"""What generated network policies really allow, worked out from the objects alone by the rules of Kubernetes.

A flow passes when the policies of its source let it out and those of its target let it in. A pod that no policy of a
direction selects is open in that direction. Nothing here knows manifests, so that the outcome can be held against them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Final

Labels = Mapping[str, str]
Objects = Iterable[Mapping[str, Any]]
_WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})
_NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
_SERVICE_NAME: Final = "app.kubernetes.io/name"
OTHER_PORT: Final = 0
"""Stands for every port that neither a policy nor a container names."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A pod by namespace and labels, or a machine outside by its address alone. Names are unique."""

    name: str
    namespace: str = ""
    labels: Labels = field(default_factory=dict, hash=False)
    ports: Mapping[str, tuple[int, str]] = field(default_factory=dict, hash=False)
    address: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """One thing that policies allow: from whom, to whom, to which port."""

    source: str
    target: str
    port: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Network:
    """The pods, and the policies that select each of them, by direction."""

    pods: Mapping[str, Peer]
    namespaces: Mapping[str, Labels]
    policies: Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]]


def network(objects: Objects) -> Network:
    """Read pods from workloads, labels from Namespaces, and the NetworkPolicies."""
    pods: dict[str, Peer] = {}
    namespaces: dict[str, Labels] = {}
    policies: dict[str, list[Mapping[str, Any]]] = {}
    for each in objects:
        about = each.get("metadata", {})
        if each["kind"] in _WORKLOADS:
            pod = _pod(each)
            pods[pod.name] = pod
        elif each["kind"] == "CronJob":
            # Its pods are under the policies of their service, whose name they carry; they have no ports.
            pod = _pod({"metadata": _of_service(each), "spec": each["spec"]["jobTemplate"]["spec"]})
            pods.setdefault(pod.name, pod)
        elif each["kind"] == "Namespace":
            namespaces[about["name"]] = {**about.get("labels", {}), _NAMESPACE_NAME: about["name"]}
        elif each["kind"] == "NetworkPolicy":
            policies.setdefault(about.get("namespace", "default"), []).append(each["spec"])
    by_pod = {
        (pod.name, direction): tuple(
            spec
            for spec in policies.get(pod.namespace, ())
            if direction in _types(spec) and selects(spec["podSelector"], pod.labels)
        )
        for pod in pods.values()
        for direction in ("Ingress", "Egress")
    }
    return Network(pods, namespaces, by_pod)


def allowed(net: Network, source: Peer, target: Peer, port: int, protocol: str) -> bool:
    """Whether both ends let the flow pass. A peer that is not a pod of the network is unrestricted itself."""
    return _end(net, source, target, "Egress", (port, protocol, target)) and _end(
        net, target, source, "Ingress", (port, protocol, target)
    )


def flows(net: Network, others: Sequence[Peer] = ()) -> Iterator[Flow]:
    """Every allowed flow among the pods, and between each pod and each of the others."""
    index = _index(net.pods.values())
    for source in net.pods.values():
        for target in (*_candidates(net, index, source), *others):
            if target is not source:
                yield from _flows(net, source, target)
    for source in others:
        for target in net.pods.values():
            yield from _flows(net, source, target)


def selects(selector: Mapping[str, Any], labels: Labels) -> bool:
    """The semantics of a label selector; an empty one selects everything."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or ())


def _flows(net: Network, source: Peer, target: Peer) -> Iterator[Flow]:
    for port, protocol in sorted(_ports(net, source, target)):
        if allowed(net, source, target, port, protocol):
            yield Flow(source.name, target.name, port, protocol)


def _index(pods: Iterable[Peer]) -> Mapping[tuple[str, str], list[Peer]]:
    index: dict[tuple[str, str], list[Peer]] = {}
    for pod in pods:
        for label in pod.labels.items():
            index.setdefault(label, []).append(pod)
    return index


def _candidates(net: Network, index: Mapping[tuple[str, str], list[Peer]], source: Peer) -> Iterable[Peer]:
    """The pods that one of the source's egress rules may mean; all of them where a rule names no label."""
    found: dict[str, Peer] = {}
    policies = net.policies.get((source.name, "Egress"), ())
    if not policies:
        return net.pods.values()
    rules = [rule for spec in policies for rule in spec.get("egress", ())]
    for rule in rules:
        peers: Sequence[Mapping[str, Any]] = rule.get("to") or ({"podSelector": {}},)
        for peer in peers:
            labels = peer.get("podSelector", {}).get("matchLabels") or {}
            if not labels and "ipBlock" not in peer:
                return net.pods.values()
            meant = min((index.get(label, []) for label in labels.items()), key=len, default=[])
            found.update((pod.name, pod) for pod in meant)
    return found.values()


def _expression(expression: Mapping[str, Any], labels: Labels) -> bool:
    key, values = expression["key"], expression.get("values", ())
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def _end(net: Network, pod: Peer, other: Peer, direction: str, wanted: tuple[int, str, Peer]) -> bool:
    policies = net.policies.get((pod.name, direction), ())
    if not policies:
        return True
    rules, peers = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    return any(
        _ports_match(rule.get("ports"), wanted) and _peers_match(net, rule.get(peers), pod.namespace, other)
        for spec in policies
        for rule in spec.get(rules, ())
    )


def _peers_match(net: Network, peers: Sequence[Mapping[str, Any]] | None, namespace: str, other: Peer) -> bool:
    return not peers or any(_peer_matches(net, each, namespace, other) for each in peers)


def _peer_matches(net: Network, peer: Mapping[str, Any], namespace: str, other: Peer) -> bool:
    if "ipBlock" in peer:
        return bool(other.address) and _in_block(peer["ipBlock"], other.address)
    if other.address:
        return False
    if "namespaceSelector" in peer:
        labels = net.namespaces.get(other.namespace, {_NAMESPACE_NAME: other.namespace})
        if not selects(peer["namespaceSelector"], labels):
            return False
    elif other.namespace != namespace:
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def _in_block(block: Mapping[str, Any], address: str) -> bool:
    where = ip_address(address)
    return where in ip_network(block["cidr"]) and not any(where in ip_network(each) for each in block.get("except", ()))


def _ports_match(ports: Sequence[Mapping[str, Any]] | None, wanted: tuple[int, str, Peer]) -> bool:
    number, protocol, target = wanted
    if not ports:
        return True
    for each in ports:
        if each.get("protocol", "TCP") != protocol:
            continue
        first = each.get("port")
        if isinstance(first, str):
            first = target.ports.get(first, (-1, ""))[0]
        if first is None or first <= number <= each.get("endPort", first):
            return True
    return False


def _ports(net: Network, source: Peer, target: Peer) -> set[tuple[int, str]]:
    """The ports at which an answer may differ, and one that stands for all the rest."""
    found = {(OTHER_PORT, "TCP"), (OTHER_PORT, "UDP"), *target.ports.values()}
    ends = ((source, "Egress", "egress"), (target, "Ingress", "ingress"))
    for pod, direction, rules in ends:
        for spec in net.policies.get((pod.name, direction), ()):
            for rule in spec.get(rules, ()):
                for each in rule.get("ports", ()):
                    if isinstance(each.get("port"), int):
                        found.add((each["port"], each.get("protocol", "TCP")))
    return found


def _types(spec: Mapping[str, Any]) -> Sequence[str]:
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]


def _of_service(job: Mapping[str, Any]) -> Mapping[str, Any]:
    about = job["metadata"]
    return {**about, "name": about.get("labels", {}).get(_SERVICE_NAME, about["name"])}


def _pod(workload: Mapping[str, Any]) -> Peer:
    template = workload["spec"]["template"]
    ports = {
        each.get("name", str(each["containerPort"])): (each["containerPort"], each.get("protocol", "TCP"))
        for container in template["spec"]["containers"]
        for each in container.get("ports", ())
    }
    about = workload["metadata"]
    labels = template["metadata"].get("labels", {})
    namespace = about.get("namespace", "default")
    return Peer(f"{namespace}/{about['name']}", namespace, labels, ports)
