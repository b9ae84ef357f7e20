"""Wait until a workload is what its objects say, and say early why it never will be."""

from collections.abc import Callable, Iterable
from typing import Final

from ...generate.kubernetes.labels import is_stable
from ..base import Placement, Release, TargetError, wait_while
from .api import Api
from .kinds import DEPLOYMENT, POD, STATEFUL_SET, Kind, Object, kind_of
from .service_pods import pods_of, rehearsals
from .traffic import endpoints
from .variants import MANAGED, NAME, REHEARSES, RELEASE, TASK, TRACK, workload_of
from .watch import Follower
from .workload_progress import first_failure, instance_of, is_going, is_ready, progress, release_of

_LOOK: Final = 1.0
_GONE_SECONDS: Final = 180.0
_BEHIND_SECONDS: Final = 60.0
_GLANCE: Final = 0.2


def await_rollout(
    api: Api,
    release: Release,
    objects: Iterable[Object],
    still_ours: Callable[[], None],
    serve: Callable[[int], None] = lambda _: None,
) -> None:
    """Until the release's workload is done by the rule of `progress`. `serve` hears how many of its pods are ready.

    TargetError as soon as a pod of the release fails for good or no progress is made, or after `rollout.within`. That
    an earlier attempt made no progress is no reason yet: what stood in its way may be gone.
    """
    body = workload_of(objects)
    kind, name = kind_of(body), body["metadata"]["name"]
    until = api.clock.monotonic() + release.spec.rollout.within
    labels, known = f"{NAME}={release.service}", None
    with Follower(api, kind, f"{labels},{MANAGED}=platform") as workloads, Follower(api, POD, labels) as pods:
        while True:
            seen = workloads.count
            workload = next((each for each in workloads.items() if each["metadata"]["name"] == name), None)
            state = progress(_typed(workload, kind)) if workload is not None else None
            if state is not None and state.done and runs(workload, release):
                return
            still_ours()
            serve(sum(1 for each in pods.items() if _stays(each, release.service, release.number) and is_ready(each)))
            stuck = state.stuck if state is not None else ""
            known = stuck if known is None else known
            _refuse_failures(api, release, pods.items(), "" if stuck == known else stuck)
            if api.clock.monotonic() > until:
                waiting = state.waiting if state is not None else f"{kind.name} {name} is not there"
                raise TargetError(
                    f"{_titled(release)} was not rolled out within {release.spec.rollout.within}: {waiting}",
                    "raise `rollout.within` if it only needs more time",
                )
            workloads.changed(seen, _LOOK)


def await_ready(
    api: Api, release: Release, count: int, ready: Callable[[], int], still_ours: Callable[[], None]
) -> None:
    """Until `ready` counts so many pods of the release; TargetError as soon as one of them fails for good."""
    until = api.clock.monotonic() + release.spec.rollout.within
    with Follower(api, POD, f"{NAME}={release.service},{RELEASE}={release.number}") as pods:
        while ready() < count:
            seen = pods.count
            still_ours()
            _refuse_failures(api, release, pods.items(), "")
            if api.clock.monotonic() > until:
                raise TargetError(
                    f"{_titled(release)} has fewer than {count} ready replicas beside the old ones",
                    "see whether the cluster has room for them: `kubectl get pods` tells",
                )
            pods.changed(seen, _LOOK)


def await_behind(api: Api, release: Release) -> None:
    """Until the Service sends users to pods of this release and to no others."""

    def elsewhere() -> bool:
        ours = {str(each["metadata"]["name"]) for each in pods_of(api, Placement(release))}
        behind = {pod for pod, _ in endpoints(api, release.service)}
        return bool(release.spec.endpoints) and not (behind and behind <= ours)

    if wait_while(elsewhere, _BEHIND_SECONDS, _GLANCE, api.clock):
        raise TargetError(
            f"the Service {release.service} still does not send users to {_titled(release)}",
            "see its endpoints: `kubectl get endpointslices`",
        )


def await_gone(api: Api, service: str, keep: int | None) -> None:
    """Until no pod of the service is left but those of the workload that runs release `keep`."""
    until = api.clock.monotonic() + _GONE_SECONDS
    for labels in (f"{NAME}={service}", rehearsals(service)):
        with Follower(api, POD, labels) as pods:
            while left := [each for each in pods.items() if not _stays(each, service, keep)]:
                seen = pods.count
                if api.clock.monotonic() > until:
                    names = ", ".join(each["metadata"]["name"] for each in left)
                    raise TargetError(f"{names} did not go", "see why with `kubectl describe pod`")
                pods.changed(seen, _LOOK)


def await_room(api: Api, service: str) -> None:
    """Until no pod of the service is left but those of its tasks: what they keep has one writer."""
    until = api.clock.monotonic() + _GONE_SECONDS
    with Follower(api, POD, f"{NAME}={service},!{TASK},!{REHEARSES}") as pods:
        while left := pods.items():
            seen = pods.count
            if api.clock.monotonic() > until:
                names = ", ".join(each["metadata"]["name"] for each in left)
                raise TargetError(f"{names} did not go", "see why with `kubectl describe pod`")
            pods.changed(seen, _LOOK)


def await_none(api: Api, labels: str) -> None:
    """Until every pod with these labels has been told to end."""
    if wait_while(lambda: _stay(api, labels), _BEHIND_SECONDS, _GLANCE, api.clock):
        raise TargetError(f"the pods with {labels} do not go", "see why with `kubectl describe pod`")


def workload_kind(release: Release) -> Kind:
    """What keeps the release's pods."""
    return STATEFUL_SET if is_stable(release.spec) else DEPLOYMENT


def runs(workload: Object | None, release: Release) -> bool:
    """Whether the workload has this release's pods, or is about to."""
    labels = ((workload or {}).get("spec") or {}).get("template", {}).get("metadata", {}).get("labels") or {}
    return bool(labels.get(RELEASE) == str(release.number))


def _stay(api: Api, labels: str) -> bool:
    return any(not is_going(each) for each in api.list(POD, labels).items)


def _typed(workload: Object, kind: Kind) -> Object:
    return {**workload, "kind": kind.name}


def _refuse_failures(api: Api, release: Release, pods: Iterable[Object], stuck: str) -> None:
    judged = [
        instance_of(each, api.clock.now())
        for each in pods
        if release_of(each, RELEASE) == release.number
        and TASK not in each["metadata"]["labels"]
        and not is_going(each)
        and not is_ready(each)
    ]
    failed = first_failure(judged)
    if failed is not None or stuck:
        name, reason = (failed.name, failed.reason) if failed is not None else (release.service, stuck)
        raise TargetError(f"{_titled(release)} cannot be rolled out: {name} {reason}")


def _stays(pod: Object, service: str, keep: int | None) -> bool:
    labels = pod["metadata"].get("labels") or {}
    if TASK in labels:
        return True
    if REHEARSES in labels:
        return bool(labels[REHEARSES] != service)
    return keep is not None and TRACK not in labels and release_of(pod, RELEASE) == keep


def _titled(release: Release) -> str:
    return f"{release.service} {release.version} (release {release.number})"
