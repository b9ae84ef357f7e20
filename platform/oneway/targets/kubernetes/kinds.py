"""The kinds of objects that Oneway writes or reads, and where the API server keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from ...errors import OnewayError

Object = dict[str, Any]
"""A Kubernetes object as JSON has it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind by its version and plural; `rank` orders the kinds for applying, and backwards for removing."""

    api_version: str
    name: str
    plural: str
    rank: int
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def path(self, namespace: str, name: str | None = None, subresource: str | None = None) -> str:
        """The path of the collection, of one object, or of a part of it."""
        parts = ["/api" if "/" not in self.api_version else "/apis", self.api_version]
        if self.namespaced:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


NAMESPACE: Final = Kind("v1", "Namespace", "namespaces", 0, namespaced=False)
PRIORITY_CLASS: Final = Kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", 0, namespaced=False)
SERVICE_ACCOUNT: Final = Kind("v1", "ServiceAccount", "serviceaccounts", 1)
NETWORK_POLICY: Final = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", 2)
CONFIG_MAP: Final = Kind("v1", "ConfigMap", "configmaps", 3)
SECRET: Final = Kind("v1", "Secret", "secrets", 3)
CLAIM: Final = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", 3)
JOB: Final = Kind("batch/v1", "Job", "jobs", 5)
CRON_JOB: Final = Kind("batch/v1", "CronJob", "cronjobs", 5)
SERVICE: Final = Kind("v1", "Service", "services", 4)
DEPLOYMENT: Final = Kind("apps/v1", "Deployment", "deployments", 5)
STATEFUL_SET: Final = Kind("apps/v1", "StatefulSet", "statefulsets", 5)
PDB: Final = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", 6)
HPA: Final = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", 7)
INGRESS: Final = Kind("networking.k8s.io/v1", "Ingress", "ingresses", 8)
HTTP_ROUTE: Final = Kind("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", 8)
SERVICE_MONITOR: Final = Kind("monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors", 9)
ROLE: Final = Kind("rbac.authorization.k8s.io/v1", "Role", "roles", 1)
ROLE_BINDING: Final = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", 2)

POD: Final = Kind("v1", "Pod", "pods", 5)
EVENT: Final = Kind("v1", "Event", "events", 9)
ENDPOINT_SLICE: Final = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", 9)
LEASE: Final = Kind("coordination.k8s.io/v1", "Lease", "leases", 9)

_KINDS: Final[Mapping[tuple[str, str], Kind]] = {
    (each.api_version, each.name): each
    for each in (
        NAMESPACE,
        PRIORITY_CLASS,
        SERVICE_ACCOUNT,
        NETWORK_POLICY,
        CONFIG_MAP,
        SECRET,
        SERVICE,
        DEPLOYMENT,
        STATEFUL_SET,
        PDB,
        HPA,
        INGRESS,
        HTTP_ROUTE,
        SERVICE_MONITOR,
        ROLE,
        ROLE_BINDING,
        CLAIM,
        JOB,
        CRON_JOB,
        POD,
        EVENT,
        ENDPOINT_SLICE,
        LEASE,
    )
}


def kind_of(body: Mapping[str, Any]) -> Kind:
    """The kind of an object; OnewayError for one that Oneway does not deal in."""
    version, name = str(body.get("apiVersion", "")), str(body.get("kind", ""))
    found = _KINDS.get((version, name))
    if found is None:
        raise OnewayError(f"{version} {name or 'an object without a kind'} is not a kind that Oneway deploys")
    return found


def title(body: Mapping[str, Any]) -> str:
    """How messages name an object, as in `Deployment id`."""
    return f"{body.get('kind', 'object')} {body.get('metadata', {}).get('name', '?')}"
