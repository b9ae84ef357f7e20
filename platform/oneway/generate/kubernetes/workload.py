"""What keeps a service's pods: a Deployment, or a StatefulSet where the manifest asks for a stable identity."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...model import Service, System
from .api.meta import Labels
from .api.workloads import (
    Deployment,
    DeploymentSpec,
    Ordinals,
    RollingUpdate,
    ServiceAccount,
    StatefulSet,
    StatefulSetSpec,
    Strategy,
)
from .configuration import config_digest
from .labels import CANARY, PODS, metadata, serving
from .pod import pod_template
from .scaling import autoscaled, fixed_replicas
from .waivers import annotations, waivers_of

CANARY_ORDINAL: Final = 1000
_HISTORY: Final = 5
_SETTLE_SECONDS: Final = 10
_PULL_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class _Variant:
    """Which workload: the one that serves, or the canary beside it."""

    name: str
    replicas: int | None
    ordinals: Ordinals | None
    waivers: Labels


def workload(system: System, service: Service, image: str, contents: Mapping[str, bytes]) -> Deployment | StatefulSet:
    """The workload that takes traffic. Its `replicas` are left out where an autoscaler owns them."""
    replicas = None if autoscaled(service) else fixed_replicas(service)
    variant = _Variant(service.name, replicas, None, annotations(waivers_of(service)))
    return _workload(system, service, image, contents, variant)


def canary(system: System, service: Service, image: str, contents: Mapping[str, bytes]) -> Deployment | StatefulSet:
    """One replica of the same pod that no Service selects; its ordinals do not meet those of the others."""
    variant = _Variant(service.name + CANARY, 1, Ordinals(start=CANARY_ORDINAL), {})
    return _workload(system, service, image, contents, variant)


def account(system: System, service: Service) -> ServiceAccount:
    """An identity of its own, without a token."""
    return ServiceAccount(
        api_version="v1",
        kind="ServiceAccount",
        metadata=metadata(system, service),
        automount_service_account_token=False,
    )


def _workload(
    system: System, service: Service, image: str, contents: Mapping[str, bytes], variant: _Variant
) -> Deployment | StatefulSet:
    about = metadata(system, service, variant.name, variant.waivers, instance=variant.name)
    template = pod_template(system, service, image, config_digest(service, contents), instance=variant.name)
    if service.identity == "stable":
        return StatefulSet(
            api_version="apps/v1",
            kind="StatefulSet",
            metadata=about,
            spec=StatefulSetSpec(
                replicas=variant.replicas,
                revision_history_limit=_HISTORY,
                min_ready_seconds=_SETTLE_SECONDS,
                service_name=service.name + PODS,
                ordinals=variant.ordinals,
                pod_management_policy="Parallel",
                update_strategy=Strategy(type="RollingUpdate", rolling_update=RollingUpdate(partition=0)),
                selector=serving(service, variant.name),
                template=template,
            ),
        )
    return Deployment(
        api_version="apps/v1",
        kind="Deployment",
        metadata=about,
        spec=DeploymentSpec(
            replicas=variant.replicas,
            revision_history_limit=_HISTORY,
            min_ready_seconds=_SETTLE_SECONDS,
            progress_deadline_seconds=math.ceil(service.health.startup.within) + _SETTLE_SECONDS + _PULL_SECONDS,
            strategy=Strategy(type="RollingUpdate", rolling_update=RollingUpdate(max_surge=1, max_unavailable=0)),
            selector=serving(service, variant.name),
            template=template,
        ),
    )
