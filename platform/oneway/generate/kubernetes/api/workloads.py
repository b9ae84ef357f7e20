"""What runs and keeps pods, and what they run with."""

from msgspec import field

from .meta import Labels, Object, Part, Selector
from .pods import PodTemplate


class RollingUpdate(Part, frozen=True, kw_only=True):
    max_surge: int | None = None
    max_unavailable: int | None = None
    partition: int | None = None


class Strategy(Part, frozen=True, kw_only=True):
    type: str
    rolling_update: RollingUpdate


class DeploymentSpec(Part, frozen=True, kw_only=True):
    replicas: int | None = None
    revision_history_limit: int
    min_ready_seconds: int
    progress_deadline_seconds: int
    strategy: Strategy
    selector: Selector
    template: PodTemplate


class Deployment(Object, frozen=True, kw_only=True):
    spec: DeploymentSpec


class StatefulSetSpec(Part, frozen=True, kw_only=True):
    replicas: int | None = None
    revision_history_limit: int
    min_ready_seconds: int
    service_name: str
    pod_management_policy: str
    update_strategy: Strategy
    selector: Selector
    template: PodTemplate


class StatefulSet(Object, frozen=True, kw_only=True):
    spec: StatefulSetSpec


class ServiceAccount(Object, frozen=True, kw_only=True):
    automount_service_account_token: bool


class ConfigMap(Object, frozen=True, kw_only=True):
    immutable: bool
    data: Labels = field(default_factory=dict)
    binary_data: Labels = field(default_factory=dict)


class StorageRequest(Part, frozen=True, kw_only=True):
    requests: Labels


class ClaimSpec(Part, frozen=True, kw_only=True):
    access_modes: tuple[str, ...]
    storage_class_name: str | None = None
    resources: StorageRequest


class VolumeClaim(Object, frozen=True, kw_only=True):
    spec: ClaimSpec


class DisruptionSpec(Part, frozen=True, kw_only=True):
    max_unavailable: int
    unhealthy_pod_eviction_policy: str
    selector: Selector


class DisruptionBudget(Object, frozen=True, kw_only=True):
    spec: DisruptionSpec


class ScaleTarget(Part, frozen=True, kw_only=True):
    api_version: str
    kind: str
    name: str


class MetricTarget(Part, frozen=True, kw_only=True):
    type: str
    average_utilization: int


class ResourceMetric(Part, frozen=True, kw_only=True):
    name: str
    target: MetricTarget


class Metric(Part, frozen=True, kw_only=True):
    type: str
    resource: ResourceMetric


class AutoscalerSpec(Part, frozen=True, kw_only=True):
    scale_target_ref: ScaleTarget
    min_replicas: int
    max_replicas: int
    metrics: tuple[Metric, ...]


class Autoscaler(Object, frozen=True, kw_only=True):
    spec: AutoscalerSpec
