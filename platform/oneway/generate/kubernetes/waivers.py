"""Where judges contradict each other or the manifest: the waiver, why, and the annotation that carries it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ...model import Service, System
from ..connections import secrets_of
from .api.meta import Labels
from .health import probes_of
from .labels import is_stable
from .scaling import autoscaled


@dataclass(frozen=True, slots=True, order=True)
class Waiver:
    """One check of one judge that a service's workload is exempt from, and the reason."""

    service: str
    judge: str
    check: str
    reason: str


_AUTOSCALED: Final = "the autoscaler owns the number of replicas"
_SINGLE: Final = "the manifest declares fewer than two replicas"
_ENV_SECRETS: Final = "only the reference is here; programs of every runtime read environment variables"
_NO_PROBES: Final = "the service declares no endpoint that could be probed"
_UNREACHED: Final = "the service declares no endpoint, so nothing may reach it"
_SAME_PATH: Final = "the manifest declares one path for readiness and liveness"


def waivers_of(system: System, service: Service) -> tuple[Waiver, ...]:
    """Every waiver of the service's workload, sorted."""
    reasons = _reasons(service, has_secrets=bool(service.secrets or secrets_of(system, service)))
    return tuple(sorted(Waiver(service.name, judge, check, reason) for judge, check, reason in reasons))


def annotations(waivers: Iterable[Waiver]) -> Labels:
    """The waivers as each judge reads them. Where a judge has no room for a reason, one of our own holds it."""
    found: Labels = {}
    ignored, skipped = [], 0
    for each in waivers:
        if each.judge == "polaris":
            found[f"polaris.fairwinds.com/{each.check}-exempt"] = "true"
        elif each.judge == "kube-linter":
            found[f"ignore-check.kube-linter.io/{each.check}"] = each.reason
            continue
        elif each.judge == "checkov":
            skipped += 1
            found[f"checkov.io/skip{skipped}"] = f"{each.check}={each.reason}"
            continue
        else:
            ignored.append(each.check)
        found[f"oneway/waives-{each.check}"] = each.reason
    if ignored:
        found["kube-score/ignore"] = ",".join(ignored)
    return dict(sorted(found.items()))


def _reasons(service: Service, has_secrets: bool) -> Iterable[tuple[str, str, str]]:
    stable = is_stable(service)
    if autoscaled(service) and not stable:
        yield "polaris", "deploymentMissingReplicas", _AUTOSCALED
    if not autoscaled(service) and not stable and service.min_replicas < 2:
        yield "polaris", "deploymentMissingReplicas", _SINGLE
        yield "kube-score", "deployment-replicas", _SINGLE
    if has_secrets:
        yield "checkov", "CKV_K8S_35", _ENV_SECRETS
    if not service.endpoints:
        yield "polaris", "missingNetworkPolicy", _UNREACHED
    probes = probes_of(service)
    if probes.ready is None:
        yield from _UNPROBED
    elif probes.live is not None and probes.ready.http_get and probes.ready.http_get == probes.live.http_get:
        yield "kube-score", "pod-probes-identical", _SAME_PATH


_UNPROBED: Final = (
    ("polaris", "livenessProbeMissing", _NO_PROBES),
    ("polaris", "readinessProbeMissing", _NO_PROBES),
    ("kube-linter", "no-liveness-probe", _NO_PROBES),
    ("kube-linter", "no-readiness-probe", _NO_PROBES),
    ("kube-score", "pod-probes", _NO_PROBES),
    ("checkov", "CKV_K8S_8", _NO_PROBES),
    ("checkov", "CKV_K8S_9", _NO_PROBES),
)
