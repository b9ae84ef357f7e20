"""What keeps a service's pods: a Deployment, or a StatefulSet where the manifest asks for a stable identity."""

import math
from collections.abc import Mapping
from typing import Final

from ...model import Service, System
from .api.pods import PodTemplate
from .api.workloads import (
    Deployment,
    DeploymentSpec,
    RollingUpdate,
    ServiceAccount,
    StatefulSet,
    StatefulSetSpec,
    Strategy,
)
from .config_maps import config_digest
from .labels import PODS, is_stable, metadata, serving
from .pod import pod_template
from .scaling import autoscaled
from .waivers import annotations, waivers_of

_HISTORY: Final = 5
_SETTLE_SECONDS: Final = 10
_PULL_SECONDS: Final = 180


def workload(system: System, service: Service, image: str, contents: Mapping[str, bytes]) -> Deployment | StatefulSet:
    """The workload that takes traffic. Its `replicas` are left out where an autoscaler owns them."""
    about = metadata(system, service, annotations=annotations(waivers_of(system, service)))
    template = pod_template(system, service, image, config_digest(service, contents))
    if is_stable(service):
        return StatefulSet(api_version="apps/v1", kind="StatefulSet", metadata=about, spec=_stateful(service, template))
    return Deployment(api_version="apps/v1", kind="Deployment", metadata=about, spec=_deployment(service, template))


def account(system: System, service: Service) -> ServiceAccount:
    """An identity of its own, without a token."""
    return ServiceAccount(
        api_version="v1",
        kind="ServiceAccount",
        metadata=metadata(system, service),
        automount_service_account_token=False,
    )


def _replicas(service: Service) -> int | None:
    return None if autoscaled(service) else service.min_replicas


def _stateful(service: Service, template: PodTemplate) -> StatefulSetSpec:
    return StatefulSetSpec(
        replicas=_replicas(service),
        revision_history_limit=_HISTORY,
        min_ready_seconds=_SETTLE_SECONDS,
        service_name=service.name + PODS,
        pod_management_policy="Parallel",
        update_strategy=Strategy(type="RollingUpdate", rolling_update=RollingUpdate(partition=0)),
        selector=serving(service),
        template=template,
    )


def _deployment(service: Service, template: PodTemplate) -> DeploymentSpec:
    return DeploymentSpec(
        replicas=_replicas(service),
        revision_history_limit=_HISTORY,
        min_ready_seconds=_SETTLE_SECONDS,
        progress_deadline_seconds=math.ceil(service.health.startup.within) + _SETTLE_SECONDS + _PULL_SECONDS,
        strategy=Strategy(type="RollingUpdate", rolling_update=RollingUpdate(max_surge=1, max_unavailable=0)),
        selector=serving(service),
        template=template,
    )
