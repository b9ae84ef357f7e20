"""Kubernetes objects: which a document holds, the workloads among them, and plain looks at them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..observed import service_name
from ..yaml_reader import Map, Seq

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
    for each in items_of(kustomization, "configMapGenerator"):
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
        return [*items_of(self.pod, "containers"), *items_of(self.pod, "initContainers")]


def workload_of(file: str, each: Map) -> Workload | None:
    """The workload that the object is; None for any other."""
    path = WORKLOADS.get(each["kind"])
    if path is None or not name_of(each):
        return None
    template = at_path(each, *path) if path else each
    pod = at_path(template, "spec")
    if not items_of(pod, "containers"):
        return None
    return Workload(
        file, each, service_name(name_of(each)), namespace_of(each), dict(at_path(template, "metadata", "labels")), pod
    )


def may_be_one(one: str, other: str) -> bool:
    """Whether two namespaces may be one: an object that names none goes where it is applied to."""
    return one == other or not one or not other


def name_of(each: Mapping[str, Any]) -> str:
    """The object's name; empty where it has none."""
    name = at_path(each, "metadata").get("name")
    return name if isinstance(name, str) else ""


def namespace_of(each: Mapping[str, Any]) -> str:
    """The object's namespace; empty where it has none."""
    name = at_path(each, "metadata").get("namespace")
    return name if isinstance(name, str) else ""


def items_of(node: Any, key: str) -> list[Map]:
    """The mappings in a list; none where there is no list."""
    items = node.get(key) if isinstance(node, Map) else None
    return [each for each in items if isinstance(each, Map)] if isinstance(items, Seq) else []


def at_path(node: Any, *path: str) -> Map:
    """What stands at the path; an empty mapping where nothing does."""
    for step in path:
        node = node.get(step) if isinstance(node, Map) else None
    return node if isinstance(node, Map) else Map()
