"""Kubernetes objects: workloads, what leads to them, and the calls that variables, arguments and policies show."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ...errors import Location
from ..arguments import hosts_in_arguments
from ..hosts import addressed, hosts_of
from ..mentions import Alias, Kind, Mention, Note
from ..observed import ObservedService, TakenSecret, service_name, split_secrets
from ..sources import Fact, Sources
from ..yaml_reader import Map, Seq, place_of
from .backing import is_backing

# Where each kind of workload keeps its pod template.
WORKLOADS: Final[Mapping[str, tuple[str, ...]]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "DeploymentConfig": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
_ROUTES: Final = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"})
_MAX_VALUE: Final = 64_000
_SIDECARS: Final = ("istio-proxy", "linkerd-proxy", "envoy", "jaeger-agent", "cloudsql-proxy", "vault-agent")

Object = Mapping[str, Any]


def is_kubernetes(document: Any) -> bool:
    """Whether this is one Kubernetes object, or a kustomization that makes ConfigMaps."""
    if not isinstance(document, Map):
        return False
    named = isinstance(document.get("kind"), str) and isinstance(document.get("apiVersion"), str)
    return named or isinstance(document.get("configMapGenerator"), Seq)


def objects_of(document: Map, file: str) -> Iterator[tuple[str, Map]]:
    """The object, or those in a List, each with its file."""
    items = document.get("items")
    if isinstance(document.get("configMapGenerator"), Seq):
        yield from ((file, each) for each in _generated(document))
    elif document["kind"].endswith("List") and isinstance(items, Seq):
        for each in items:
            if is_kubernetes(each):
                yield from objects_of(each, file)
    else:
        yield file, document


def _generated(kustomization: Map) -> Iterator[Map]:
    """The ConfigMaps that a kustomization makes of literals: `NAME=value`."""
    for each in _items(kustomization, "configMapGenerator"):
        data, given = Map(), each.get("literals")
        literals = given if isinstance(given, Seq) else Seq()
        for at, literal in enumerate(literals):
            key, equals, value = str(literal).partition("=")
            if equals:
                data[key], data.places[key] = value.strip("\"'"), literals.places[at]
        made, metadata = Map(), Map()
        metadata["name"] = each.get("name")
        metadata["namespace"] = each.get("namespace") or kustomization.get("namespace")
        made["apiVersion"], made["kind"], made["metadata"], made["data"] = "v1", "ConfigMap", metadata, data
        yield made


@dataclass(frozen=True, slots=True)
class Workload:
    """An object that runs pods."""

    file: str
    object: Map
    name: str
    namespace: str
    labels: Mapping[str, Any]
    pod: Mapping[str, Any]

    def containers(self) -> list[Map]:
        """All containers, those that start first included."""
        return [*_items(self.pod, "containers"), *_items(self.pod, "initContainers")]


def read_kubernetes(documents: Iterable[tuple[str, Map]], sources: Sources) -> Iterator[Fact]:
    """What (file, object) pairs show together: Services select workloads, policies name both ends of a call."""
    objects = [pair for file, document in documents for pair in objects_of(document, file)]
    workloads = [found for file, each in objects if (found := _workload(file, each))]
    maps = _Maps((file, each) for file, each in objects if each["kind"] == "ConfigMap")
    leads = _leads(objects, workloads)
    public = set(_public(objects, leads))
    scales = {_target(each): each for _, each in objects if each["kind"] == "HorizontalPodAutoscaler"}
    for workload in workloads:
        yield _service(workload, maps, workload.name in public, scales)
        yield Alias(workload.name, workload.name, workload.namespace)
        yield from _mentions(workload, maps)
    for (namespace, name), selected in leads.items():
        yield from (Alias(name, each.name, namespace) for each in selected)
    for file, each in objects:
        if each["kind"] == "Service" and isinstance(_at(each, "spec").get("externalName"), str):
            yield Alias(_name(each), "", _namespace(each), host=_at(each, "spec")["externalName"])
        if each["kind"] == "NetworkPolicy":
            yield from _policy(file, each, workloads)
            yield from _selecting_nobody(file, each, workloads)
        if each["kind"] == "NetworkPolicy" and _name(each) and _hidden_peers(each):
            text = f"{_name(each)}: peers by address or in namespaces that no object here shows are not read"
            yield Note(place_of(each, "spec", file), text, unread=False)


def _leads(objects: Sequence[tuple[str, Map]], workloads: Sequence[Workload]) -> dict[tuple[str, str], list[Workload]]:
    """The workloads behind each Service. One that stands twice is patched: a patch need not select anew."""
    found: dict[tuple[str, str], list[Workload]] = {}
    for _, each in objects:
        if each["kind"] == "Service":
            behind = found.setdefault((_namespace(each), _name(each)), [])
            selected = _selected(_at(each, "spec").get("selector"), _namespace(each), workloads)
            behind += [one for one in selected if one not in behind]
    return found


class _Maps:
    """ConfigMaps by name, with the file of each."""

    def __init__(self, maps: Iterable[tuple[str, Map]]) -> None:
        self._maps: dict[str, list[tuple[str, Map]]] = {}
        for file, each in maps:
            self._maps.setdefault(_name(each), []).append((file, each))

    def find(self, workload: Workload, name: str) -> tuple[str, Map]:
        """The ConfigMap that a workload means, from its own folder before others; an empty one where there is none."""
        found = [pair for pair in self._maps.get(name, ()) if _same(workload.namespace, _namespace(pair[1]))]
        folder = posixpath.dirname(workload.file)
        near = [pair for pair in found if posixpath.dirname(pair[0]) == folder]
        return next(iter([*near, *found]), ("", Map()))


def _workload(file: str, each: Map) -> Workload | None:
    path = WORKLOADS.get(each["kind"])
    if path is None or not _name(each):
        return None
    template = _at(each, *path) if path else each
    pod = _at(template, "spec")
    if not _items(pod, "containers"):
        return None
    return Workload(
        file, each, service_name(_name(each)), _namespace(each), dict(_at(template, "metadata", "labels")), pod
    )


def _service(workload: Workload, maps: "_Maps", public: bool, scales: Mapping[str, Map]) -> ObservedService:
    mains = _items(workload.pod, "containers")
    first = next((each for each in mains if str(each.get("name")) not in _SIDECARS), mains[0])
    env = {name: value for name, value, *_ in _environment(workload, maps) if len(value) <= 4000}
    plain, secret = split_secrets(env)
    least = _at(scales.get(_name(workload.object), {}), "spec").get("minReplicas")
    replicas = _at(workload.object, "spec").get("replicas") if least is None else least
    image = str(first.get("image") or "")
    ports = [each for container in mains for each in _ports(container)]
    return ObservedService(
        name=workload.name,
        source=workload.file,
        tool="kubernetes",
        image=image,
        entry=_program(first),
        ports={name: number for name, number, _ in ports},
        udp=frozenset(number for _, number, protocol in ports if protocol == "UDP"),
        replicas=replicas if isinstance(replicas, int) and 0 <= replicas <= 10_000 else None,
        cpu=_quantity(_at(first, "resources", "requests").get("cpu")),
        memory=_quantity(_at(first, "resources", "requests").get("memory")),
        env=plain,
        secret_env=secret | dict(_from_secrets(workload)),
        public=public and not is_backing(image),
    )


def _program(container: Map) -> str:
    command = container.get("command")
    return posixpath.basename(str(command[0])) if isinstance(command, Seq) and command else ""


def _ports(container: Map) -> Iterator[tuple[str, int, str]]:
    for each in _items(container, "ports"):
        number = each.get("containerPort")
        if isinstance(number, int) and 0 < number < 65536:
            name = each.get("name")
            known = service_name(name) if isinstance(name, str) else f"port-{number}"
            yield known, number, str(each.get("protocol") or "TCP")


def _mentions(workload: Workload, maps: "_Maps") -> Iterator[Mention]:
    caller, scope = workload.name, workload.namespace
    for name, value, place, shared in _environment(workload, maps):
        needs = name if shared else ""
        for each in hosts_of(name, value):
            said = f"environment {name}"
            yield Mention(Kind.ENVIRONMENT, caller, place, said, each.host, each.port, each.scheme, scope, needs=needs)
    for container in workload.containers():
        for field in ("args", "command"):
            given = container.get(field)
            words = [str(each) for each in given] if isinstance(given, Seq) else []
            for at, each, waits in hosts_in_arguments(words):
                place, kind = place_of(given, at, workload.file), Kind.START_ORDER if waits else Kind.ARGUMENT
                yield Mention(kind, caller, place, field, each.host, each.port, each.scheme, scope)
    for volume in _items(workload.pod, "volumes"):
        name = str(_at(volume, "configMap").get("name") or "")
        file, found = maps.find(workload, name)
        data = _at(found, "data")
        for key, text in data.items():
            for each in addressed(str(text)[:_MAX_VALUE]):
                place, said = place_of(data, key, file), f"configuration {key} of {name}"
                yield Mention(Kind.CONFIGURATION, caller, place, said, each.host, each.port, each.scheme, scope)


def _policy(file: str, policy: Map, workloads: Sequence[Workload]) -> Iterator[Mention]:
    namespace, why = _namespace(policy), f"network policy {_name(policy)}"
    selector = _at(policy, "spec").get("podSelector")
    inside = _selected(selector, namespace, workloads) if _narrows(selector) else []
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in _items(_at(policy, "spec"), direction):
            for at, peer in enumerate(_items(rule, side)):
                place = place_of(rule.get(side), at, file)
                for other in _peers(peer, namespace, workloads):
                    for own in inside:
                        caller, callee = (other, own) if direction == "ingress" else (own, other)
                        yield Mention(Kind.POLICY, caller.name, place, why, callee.name, scope=callee.namespace)


def _selecting_nobody(file: str, policy: Map, workloads: Sequence[Workload]) -> Iterator[Note]:
    """A policy whose pods no workload here has says nothing that could be used."""
    selector = _at(policy, "spec").get("podSelector")
    if _narrows(selector) and not _selected(selector, _namespace(policy), workloads):
        yield Note(
            place_of(_at(policy, "spec"), "podSelector", file), f"{_name(policy)}: no workload here has these labels"
        )


def _peers(peer: Map, namespace: str, workloads: Sequence[Workload]) -> list[Workload]:
    """The workloads that a peer names; one that names a whole namespace shows no particular call."""
    selector = peer.get("podSelector")
    if not _narrows(selector):
        return []
    spaces = peer.get("namespaceSelector")
    if spaces is None:
        return _selected(selector, namespace, workloads)
    labels = _at(spaces, "matchLabels")
    named = labels.get("kubernetes.io/metadata.name") or labels.get("name")
    return [each for each in _selected(selector, None, workloads) if named in (None, each.namespace)]


def _hidden_peers(policy: Map) -> bool:
    rules = [each for way in ("ingress", "egress") for each in _items(_at(policy, "spec"), way)]
    return any("ipBlock" in peer for rule in rules for side in ("from", "to") for peer in _items(rule, side))


def _narrows(selector: Any) -> bool:
    return isinstance(selector, Map) and bool(selector.get("matchLabels") or selector.get("matchExpressions"))


def _selected(selector: Any, namespace: str | None, workloads: Sequence[Workload]) -> list[Workload]:
    """The workloads whose pods a selector takes; none for an empty one, which shows no particular call."""
    if not isinstance(selector, Map) or not selector:
        return []
    structured = "matchLabels" in selector or "matchExpressions" in selector
    labels = _at(selector, "matchLabels") if structured else selector
    expressions = _items(selector, "matchExpressions") if structured else []
    return [
        each
        for each in workloads
        if (namespace is None or _same(namespace, each.namespace))
        and all(each.labels.get(key) == value for key, value in labels.items())
        and all(_matches(one, each.labels) for one in expressions)
    ]


def _matches(expression: Map, labels: Mapping[str, Any]) -> bool:
    key, values = str(expression.get("key")), expression.get("values")
    values = values if isinstance(values, Seq) else []
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def _public(objects: Sequence[tuple[str, Map]], leads: Mapping[tuple[str, str], list[Workload]]) -> Iterator[str]:
    for _, each in objects:
        space = _namespace(each)
        if each["kind"] == "Service" and _at(each, "spec").get("type") in ("LoadBalancer", "NodePort"):
            yield from (one.name for one in leads.get((space, _name(each)), ()))
        backends: list[str] = []
        if each["kind"] == "Ingress":
            backends = [_backend(_at(each, "spec", key)) for key in ("defaultBackend", "backend")]
            for rule in _items(_at(each, "spec"), "rules"):
                backends += [_backend(_at(path, "backend")) for path in _items(_at(rule, "http"), "paths")]
        if each["kind"] in _ROUTES:
            for rule in _items(_at(each, "spec"), "rules"):
                backends += [str(one.get("name")) for one in _items(rule, "backendRefs")]
        for name in backends:
            yield from (
                one.name
                for (where, key), found in leads.items()
                if key == name and _same(space, where)
                for one in found
            )


def _backend(backend: Mapping[str, Any]) -> str:
    return str(_at(backend, "service").get("name") or backend.get("serviceName") or "")


def _target(scaler: Map) -> str:
    return str(_at(scaler, "spec", "scaleTargetRef").get("name") or "")


def _environment(workload: Workload, maps: "_Maps") -> Iterator[tuple[str, str, Location, bool]]:
    """Name, value and place of every variable, and whether a whole ConfigMap brings it, asked for or not."""
    for container in workload.containers():
        for each in _items(container, "envFrom"):
            file, found = maps.find(workload, str(_at(each, "configMapRef").get("name")))
            data, prefix = _at(found, "data"), str(each.get("prefix") or "")
            for key, value in data.items():
                yield prefix + key, str(value), place_of(data, key, file), True
        for each in _items(container, "env"):
            name, value = str(each.get("name")), each.get("value")
            if isinstance(value, str | int | float):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                yield name, text, place_of(each, "value", workload.file), False
            reference = _at(each, "valueFrom", "configMapKeyRef")
            file, found = maps.find(workload, str(reference.get("name")))
            data, key = _at(found, "data"), str(reference.get("key"))
            if key in data:
                yield name, str(data[key]), place_of(data, key, file), False


def _from_secrets(workload: Workload) -> Iterator[tuple[str, TakenSecret]]:
    for container in workload.containers():
        for each in _items(container, "env"):
            reference = _at(each, "valueFrom", "secretKeyRef")
            if reference and "name" in each:
                name, key = str(reference.get("name") or ""), str(reference.get("key") or "")
                yield str(each["name"]), TakenSecret("", name, key)


def _quantity(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def _same(one: str, other: str) -> bool:
    """Whether two namespaces may be one: an object that names none goes where it is applied to."""
    return one == other or not one or not other


def _name(each: Mapping[str, Any]) -> str:
    name = _at(each, "metadata").get("name")
    return name if isinstance(name, str) else ""


def _namespace(each: Mapping[str, Any]) -> str:
    name = _at(each, "metadata").get("namespace")
    return name if isinstance(name, str) else ""


def _items(node: Any, key: str) -> list[Map]:
    items = node.get(key) if isinstance(node, Map) else None
    return [each for each in items if isinstance(each, Map)] if isinstance(items, Seq) else []


def _at(node: Any, *path: str) -> Map:
    for step in path:
        node = node.get(step) if isinstance(node, Map) else None
    return node if isinstance(node, Map) else Map()
