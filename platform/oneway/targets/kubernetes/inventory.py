"""Bring the objects of a service to what a release says: apply what it has, remove what it no longer has."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from .answers import FieldConflict, Missing
from .api import MANAGER, Api
from .kinds import (
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    HPA,
    HTTP_ROUTE,
    INGRESS,
    NETWORK_POLICY,
    PDB,
    SERVICE,
    SERVICE_ACCOUNT,
    SERVICE_MONITOR,
    STATEFUL_SET,
    Kind,
    Object,
    kind_of,
)
from .variants import MANAGED, NAME, REHEARSES

HANDOVER: Final = "platform-replicas"
WORKLOADS: Final = (DEPLOYMENT, STATEFUL_SET)
_AUTOSCALERS: Final = frozenset({HANDOVER, "kube-controller-manager"})
_REPLICAS: Final = ".spec.replicas"
_LEADING: Final = frozenset({SERVICE.name, INGRESS.name, HTTP_ROUTE.name})
_KINDS: Final = (
    HPA,
    INGRESS,
    HTTP_ROUTE,
    SERVICE_MONITOR,
    PDB,
    *WORKLOADS,
    CRON_JOB,
    SERVICE,
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
)


def apply_all(api: Api, objects: Iterable[Object], yielding: bool = False) -> None:
    """Apply the objects, what a pod needs before the pod; FieldConflict at the first field that is somebody else's.

    `yielding` is for bringing back what was there: an object of which somebody else holds a field by now stays as it
    is, unless it leads users.
    """
    for body in sorted(objects, key=_order):
        try:
            if body["kind"] in {each.name for each in WORKLOADS}:
                _apply_workload(api, body, objects)
            else:
                api.apply(body)
        except FieldConflict:
            if not yielding or body["kind"] in _LEADING:
                raise


def prune(api: Api, service: str, keep: Iterable[Object]) -> None:
    """Remove the service's objects that are not among those to keep. Files and records go by their own rules."""
    kept = {_identity(each) for each in keep}
    for each in owned(api, service, _KINDS):
        if _identity(each) not in kept:
            api.delete(kind_of(each), each["metadata"]["name"], each["metadata"].get("uid"))


def prune_files(api: Api, service: str, keep: Collection[str]) -> None:
    """Remove the service's ConfigMaps that none of the releases to keep names."""
    for each in owned(api, service, (CONFIG_MAP,)):
        if each["metadata"]["name"] not in keep:
            api.delete(CONFIG_MAP, each["metadata"]["name"], each["metadata"].get("uid"))


def owned(api: Api, service: str, kinds: Sequence[Kind] = _KINDS) -> list[Object]:
    """The objects that carry the service's name and this tool's mark; kinds that the cluster lacks are passed over."""
    found: list[Object] = []
    for kind in kinds:
        try:
            listing = api.list(kind, f"{NAME}={service},{MANAGED}={MANAGER}")
        except Missing:
            continue
        found += (each for each in listing.items if REHEARSES not in (each["metadata"].get("labels") or {}))
    return found


def owner_of(body: Mapping[str, Any], field: str) -> str | None:
    """The manager that applied a field under `spec`, by the object's managed fields."""
    for entry in body["metadata"].get("managedFields") or ():
        if f"f:{field}" in ((entry.get("fieldsV1") or {}).get("f:spec") or {}) and entry.get("operation") == "Apply":
            return str(entry.get("manager"))
    return None


def _apply_workload(api: Api, body: Object, objects: Iterable[Object]) -> None:
    autoscaler = next((each for each in objects if each["kind"] == HPA.name), None)
    name = body["metadata"]["name"]
    if "replicas" in body["spec"]:
        _apply_fixed(api, body, autoscaler)
        return
    live = api.find(kind_of(body), name)
    least = int(autoscaler["spec"].get("minReplicas", 1)) if autoscaler is not None else 1
    if live is None:
        api.apply(_with_replicas(body, least))
    if live is None or owner_of(live, "replicas") == MANAGER:
        count = least if live is None else max(int(live["spec"].get("replicas", 1)), least)
        _hand_over(api, body, count)
    api.apply(body)


def _apply_fixed(api: Api, body: Object, autoscaler: Object | None) -> None:
    """Apply a workload with its number of replicas; an autoscaler that the service no longer has gives it back."""
    try:
        api.apply(body)
    except FieldConflict as conflict:
        fields = {field for owned_fields in conflict.owners.values() for field in owned_fields}
        if autoscaler is not None or fields != {_REPLICAS} or not _AUTOSCALERS.issuperset(conflict.owners):
            raise
        api.delete(HPA, body["metadata"]["name"])
        api.apply(body, force=True)


def _hand_over(api: Api, body: Object, replicas: int) -> None:
    """A second manager keeps the number while ours lets go of it; otherwise the workload would fall to one replica."""
    holding = {
        "apiVersion": body["apiVersion"],
        "kind": body["kind"],
        "metadata": {"name": body["metadata"]["name"]},
        "spec": {"replicas": replicas},
    }
    api.apply(holding, HANDOVER, force=True)


def _with_replicas(body: Object, replicas: int) -> Object:
    return {**body, "spec": {**body["spec"], "replicas": replicas}}


def _order(body: Object) -> tuple[int, str]:
    return kind_of(body).rank, str(body["metadata"]["name"])


def _identity(body: Mapping[str, Any]) -> tuple[str, str]:
    return str(body["kind"]), str(body["metadata"]["name"])
