"""How many replicas there are, and how many of them may go at once."""

from ...model import Service, System
from .api.workloads import (
    Autoscaler,
    AutoscalerSpec,
    DisruptionBudget,
    DisruptionSpec,
    Metric,
    MetricTarget,
    ResourceMetric,
    ScaleTarget,
)
from .labels import is_stable, metadata, serving


def autoscaled(service: Service) -> bool:
    """A range of one number needs no autoscaler."""
    return service.scale is not None and service.scale.max > service.scale.min


def autoscaler(system: System, service: Service) -> Autoscaler | None:
    """The HorizontalPodAutoscaler of a service that declares a range."""
    scale = service.scale
    if scale is None or not autoscaled(service):
        return None
    kind = "StatefulSet" if is_stable(service) else "Deployment"
    target = MetricTarget(type="Utilization", average_utilization=scale.cpu)
    return Autoscaler(
        api_version="autoscaling/v2",
        kind="HorizontalPodAutoscaler",
        metadata=metadata(system, service),
        spec=AutoscalerSpec(
            scale_target_ref=ScaleTarget(api_version="apps/v1", kind=kind, name=service.name),
            min_replicas=scale.min,
            max_replicas=scale.max,
            metrics=(Metric(type="Resource", resource=ResourceMetric(name="cpu", target=target)),),
        ),
    )


def disruption_budget(system: System, service: Service) -> DisruptionBudget:
    """One replica at a time, and unhealthy ones at any time."""
    return DisruptionBudget(
        api_version="policy/v1",
        kind="PodDisruptionBudget",
        metadata=metadata(system, service),
        spec=DisruptionSpec(max_unavailable=1, unhealthy_pod_eviction_policy="AlwaysAllow", selector=serving(service)),
    )
