"""When a workload is done, and when it never will be: pure judgements over what the API server says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..base import Condition, Instance
from .kinds import Object

RESTARTS_TOLERATED: Final = 2
_RECENT_SECONDS: Final = 600.0
_LONGEST: Final = 200
_AT_ONCE: Final = 1.0
_HOPELESS: Final[Mapping[str, str]] = {
    "ImagePullBackOff": "its image cannot be pulled",
    "InvalidImageName": "its image's name is not valid",
    "ErrImageNeverPull": "its image is not on the node",
    "CrashLoopBackOff": "it crashes again and again",
    "CreateContainerConfigError": "its configuration is incomplete",
    "CreateContainerError": "its container cannot be made",
    "RunContainerError": "its container cannot be started",
    "PreCreateHookError": "its container cannot be made",
    "PostStartHookError": "its start hook failed",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rollout is. `stuck` says why it cannot go on; `waiting` what is still missing."""

    done: bool
    waiting: str = ""
    stuck: str = ""


def progress(workload: Object) -> Progress:
    """The done-rule, in its order: nothing in the status counts before the controller has seen this generation."""
    metadata, spec, status = workload["metadata"], workload["spec"], workload.get("status") or {}
    if int(metadata.get("generation", 0)) > int(status.get("observedGeneration", 0)):
        return Progress(False, "the controller has not seen the change yet")
    stuck = _stuck(status)
    if stuck:
        return Progress(False, stuck=stuck)
    wanted = int(spec.get("replicas", 1))
    updated, there, available = (
        int(status.get(each) or 0) for each in ("updatedReplicas", "replicas", "availableReplicas")
    )
    if workload["kind"] == "StatefulSet" and status.get("updateRevision") != status.get("currentRevision") and wanted:
        return Progress(False, f"{updated} of {wanted} replicas are updated")
    if updated < wanted:
        return Progress(False, f"{updated} of {wanted} replicas are updated")
    if there > updated:
        return Progress(False, f"{there - updated} old replicas are still going")
    if available < updated:
        return Progress(False, f"{available} of {updated} replicas are available")
    return Progress(True)


def instance_of(pod: Object, now: float) -> Instance:
    """One pod as the engine sees it; restarts count against it while the last one is recent."""
    name = str(pod["metadata"]["name"])
    status = pod.get("status") or {}
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    restarts = sum(int(each.get("restartCount") or 0) for each in containers)
    since = seconds_of(status.get("startTime") or pod["metadata"].get("creationTimestamp"))
    recent = restarts if _is_recent(containers, now) else 0
    condition, reason = _judged(pod, status, containers, recent)
    if recent and condition in (Condition.READY, Condition.STARTING, Condition.UNREADY):
        reason = _restarted(pod, recent)
    return Instance(name, condition, reason, restarts, since)


def is_going(pod: Object) -> bool:
    """Whether the pod has been told to end."""
    return "deletionTimestamp" in pod["metadata"]


def is_ready(pod: Object) -> bool:
    """Whether the kubelet asked the pod's readiness and got a good answer, and the pod stays."""
    return not is_going(pod) and _condition(pod.get("status") or {}, "Ready").get("status") == "True"


def release_of(pod: Object, label: str) -> int | None:
    """The number of the release that a pod runs."""
    text = str((pod["metadata"].get("labels") or {}).get(label, ""))
    return int(text) if text.isascii() and text.isdigit() else None


def first_failure(instances: Iterable[Instance]) -> Instance | None:
    """The first replica that waiting will not help."""
    return next((each for each in instances if each.condition is Condition.FAILED), None)


def last_exit(pod: Object) -> str:
    """How the pod's container last ended, as in `exited with status 1`; empty when it never did."""
    for each in (pod.get("status") or {}).get("containerStatuses") or ():
        for state in (each.get("state") or {}, each.get("lastState") or {}):
            if ended := state.get("terminated"):
                return _ended(ended)
    return ""


def _judged(pod: Object, status: Mapping[str, Any], containers: list[Any], restarts: int) -> tuple[Condition, str]:
    if is_going(pod):
        return Condition.UNREADY, "is being stopped"
    if status.get("phase") == "Failed":
        return Condition.FAILED, _worded("failed", status.get("reason"), status.get("message"))
    for each in containers:
        waiting = (each.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _HOPELESS:
            return Condition.FAILED, _hopeless(waiting, pod)
    if restarts > RESTARTS_TOLERATED:
        return Condition.FAILED, _restarted(pod, restarts)
    if is_ready(pod):
        return Condition.READY, ""
    return _unready(status, containers)


def _is_recent(containers: list[Any], now: float) -> bool:
    ends = (((each.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for each in containers)
    return any((seconds := seconds_of(each)) is not None and now - seconds < _RECENT_SECONDS for each in ends if each)


def _unready(status: Mapping[str, Any], containers: list[Any]) -> tuple[Condition, str]:
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        return Condition.STARTING, _worded("cannot be scheduled", None, scheduled.get("message"))
    for each in containers:
        state = each.get("state") or {}
        if waiting := state.get("waiting"):
            return Condition.STARTING, _worded("waits", waiting.get("reason"), waiting.get("message"))
        if "running" in state and each.get("started"):
            never = _never_ready(status)
            return Condition.UNREADY, f"runs, but its readiness check {'has never passed' if never else 'fails'}"
        if "terminated" in state:
            return Condition.STARTING, _ended(state["terminated"])
    if containers:
        return Condition.STARTING, "runs, but has not answered its startup check yet"
    return Condition.STARTING, "waits for its node"


def _never_ready(status: Mapping[str, Any]) -> bool:
    """Whether the pod is as unready as it was made."""
    changed = seconds_of(_condition(status, "Ready").get("lastTransitionTime"))
    started = seconds_of(status.get("startTime"))
    return changed is None or started is None or changed - started <= _AT_ONCE


def _hopeless(waiting: Mapping[str, Any], pod: Object) -> str:
    reason = str(waiting["reason"])
    text = _HOPELESS[reason]
    if reason == "CrashLoopBackOff":
        ended = last_exit(pod)
        return f"{text} ({reason})" + (f": last it {ended}" if ended else "")
    return _worded(f"{text} ({reason})", None, waiting.get("message"))


def _stuck(status: Mapping[str, Any]) -> str:
    progressing = _condition(status, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return _worded("made no progress within its deadline", None, progressing.get("message"))
    failure = _condition(status, "ReplicaFailure")
    if failure.get("status") == "True":
        return _worded("its pods cannot be made", None, failure.get("message"))
    return ""


def _condition(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((each for each in status.get("conditions") or () if each.get("type") == name), {})


def _restarted(pod: Object, restarts: int) -> str:
    times = "once" if restarts == 1 else f"{restarts} times"
    return f"{last_exit(pod) or 'ended'} and was started again, {times} so far"


def _ended(ended: Mapping[str, Any]) -> str:
    if ended.get("reason") == "OOMKilled":
        return "ran out of memory (OOMKilled)"
    if ended.get("signal"):
        return f"was ended by signal {ended['signal']}"
    message = str(ended.get("message") or "").strip().splitlines()
    return f"exited with status {ended.get('exitCode', '?')}" + (f": {message[-1][:200]}" if message else "")


def _worded(text: str, reason: Any, message: Any) -> str:
    said = " ".join(str(message or "").split())[:_LONGEST]
    return text + (f" ({reason})" if reason else "") + (f": {said}" if said else "")


def seconds_of(text: Any) -> float | None:
    """A time as the API server writes it, in seconds since the epoch."""
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
