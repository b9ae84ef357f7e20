"""Kubernetes objects: workloads, what leads to them, and the calls that variables, arguments and policies show."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ...errors import Location
from ..arguments import hosts_in_arguments
from ..hosts import addressed, hosts_of
from ..mentions import Alias, Kind, Mention, Note
from ..observed import ObservedService, TakenSecret, service_name, split_secrets
from ..sources import Fact, Sources
from ..yaml_reader import Map, Seq, place_of
from .backing import is_backing
from .kubernetes_objects import (
    Workload,
    at_path,
    is_kubernetes,
    items_of,
    may_be_one,
    name_of,
    namespace_of,
    objects_of,
    workload_of,
)
from .kubernetes_policies import calls_of_policy, hides_peers, policies_for_nobody, selected_by

__all__ = ["is_kubernetes", "read_kubernetes"]

_ROUTES: Final = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"})
_MAX_VALUE: Final = 64_000
_SIDECARS: Final = ("istio-proxy", "linkerd-proxy", "envoy", "jaeger-agent", "cloudsql-proxy", "vault-agent")


def read_kubernetes(documents: Iterable[tuple[str, Map]], sources: Sources) -> Iterator[Fact]:
    """What (file, object) pairs show together: Services select workloads, policies name both ends of a call."""
    objects = [pair for file, document in documents for pair in objects_of(document, file)]
    workloads = [found for file, each in objects if (found := workload_of(file, each))]
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
        if each["kind"] == "Service" and isinstance(at_path(each, "spec").get("externalName"), str):
            yield Alias(name_of(each), "", namespace_of(each), host=at_path(each, "spec")["externalName"])
        if each["kind"] == "NetworkPolicy":
            yield from calls_of_policy(file, each, workloads)
            yield from policies_for_nobody(file, each, workloads)
        if each["kind"] == "NetworkPolicy" and name_of(each) and hides_peers(each):
            text = f"{name_of(each)}: peers by address or in namespaces that no object here shows are not read"
            yield Note(place_of(each, "spec", file), text, unread=False)


def _leads(objects: Sequence[tuple[str, Map]], workloads: Sequence[Workload]) -> dict[tuple[str, str], list[Workload]]:
    """The workloads behind each Service. One that stands twice is patched: a patch need not select anew."""
    found: dict[tuple[str, str], list[Workload]] = {}
    for _, each in objects:
        if each["kind"] == "Service":
            behind = found.setdefault((namespace_of(each), name_of(each)), [])
            selected = selected_by(at_path(each, "spec").get("selector"), namespace_of(each), workloads)
            behind += [one for one in selected if one not in behind]
    return found


class _Maps:
    """ConfigMaps by name, with the file of each."""

    def __init__(self, maps: Iterable[tuple[str, Map]]) -> None:
        self._maps: dict[str, list[tuple[str, Map]]] = {}
        for file, each in maps:
            self._maps.setdefault(name_of(each), []).append((file, each))

    def find(self, workload: Workload, name: str) -> tuple[str, Map]:
        """The ConfigMap that a workload means, from its own folder before others; an empty one where there is none."""
        found = [pair for pair in self._maps.get(name, ()) if may_be_one(workload.namespace, namespace_of(pair[1]))]
        folder = posixpath.dirname(workload.file)
        near = [pair for pair in found if posixpath.dirname(pair[0]) == folder]
        return next(iter([*near, *found]), ("", Map()))


def _service(workload: Workload, maps: "_Maps", public: bool, scales: Mapping[str, Map]) -> ObservedService:
    mains = items_of(workload.pod, "containers")
    first = next((each for each in mains if str(each.get("name")) not in _SIDECARS), mains[0])
    env = {name: value for name, value, *_ in _environment(workload, maps) if len(value) <= 4000}
    plain, secret = split_secrets(env)
    least = at_path(scales.get(name_of(workload.object), {}), "spec").get("minReplicas")
    replicas = at_path(workload.object, "spec").get("replicas") if least is None else least
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
        cpu=_quantity(at_path(first, "resources", "requests").get("cpu")),
        memory=_quantity(at_path(first, "resources", "requests").get("memory")),
        env=plain,
        secret_env=secret | dict(_from_secrets(workload)),
        public=public and not is_backing(image),
    )


def _program(container: Map) -> str:
    command = container.get("command")
    return posixpath.basename(str(command[0])) if isinstance(command, Seq) and command else ""


def _ports(container: Map) -> Iterator[tuple[str, int, str]]:
    for each in items_of(container, "ports"):
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
    for volume in items_of(workload.pod, "volumes"):
        name = str(at_path(volume, "configMap").get("name") or "")
        file, found = maps.find(workload, name)
        data = at_path(found, "data")
        for key, text in data.items():
            for each in addressed(str(text)[:_MAX_VALUE]):
                place, said = place_of(data, key, file), f"configuration {key} of {name}"
                yield Mention(Kind.CONFIGURATION, caller, place, said, each.host, each.port, each.scheme, scope)


def _public(objects: Sequence[tuple[str, Map]], leads: Mapping[tuple[str, str], list[Workload]]) -> Iterator[str]:
    for _, each in objects:
        space = namespace_of(each)
        if each["kind"] == "Service" and at_path(each, "spec").get("type") in ("LoadBalancer", "NodePort"):
            yield from (one.name for one in leads.get((space, name_of(each)), ()))
        backends: list[str] = []
        if each["kind"] == "Ingress":
            backends = [_backend(at_path(each, "spec", key)) for key in ("defaultBackend", "backend")]
            for rule in items_of(at_path(each, "spec"), "rules"):
                backends += [_backend(at_path(path, "backend")) for path in items_of(at_path(rule, "http"), "paths")]
        if each["kind"] in _ROUTES:
            for rule in items_of(at_path(each, "spec"), "rules"):
                backends += [str(one.get("name")) for one in items_of(rule, "backendRefs")]
        for name in backends:
            yield from (
                one.name
                for (where, key), found in leads.items()
                if key == name and may_be_one(space, where)
                for one in found
            )


def _backend(backend: Mapping[str, Any]) -> str:
    return str(at_path(backend, "service").get("name") or backend.get("serviceName") or "")


def _target(scaler: Map) -> str:
    return str(at_path(scaler, "spec", "scaleTargetRef").get("name") or "")


def _environment(workload: Workload, maps: "_Maps") -> Iterator[tuple[str, str, Location, bool]]:
    """Name, value and place of every variable, and whether a whole ConfigMap brings it, asked for or not."""
    for container in workload.containers():
        for each in items_of(container, "envFrom"):
            file, found = maps.find(workload, str(at_path(each, "configMapRef").get("name")))
            data, prefix = at_path(found, "data"), str(each.get("prefix") or "")
            for key, value in data.items():
                yield prefix + key, str(value), place_of(data, key, file), True
        for each in items_of(container, "env"):
            name, value = str(each.get("name")), each.get("value")
            if isinstance(value, str | int | float):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                yield name, text, place_of(each, "value", workload.file), False
            reference = at_path(each, "valueFrom", "configMapKeyRef")
            file, found = maps.find(workload, str(reference.get("name")))
            data, key = at_path(found, "data"), str(reference.get("key"))
            if key in data:
                yield name, str(data[key]), place_of(data, key, file), False


def _from_secrets(workload: Workload) -> Iterator[tuple[str, TakenSecret]]:
    for container in workload.containers():
        for each in items_of(container, "env"):
            reference = at_path(each, "valueFrom", "secretKeyRef")
            if reference and "name" in each:
                name, key = str(reference.get("name") or ""), str(reference.get("key") or "")
                yield str(each["name"]), TakenSecret("", name, key)


def _quantity(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
