"""Tasks in a cluster: a Job for each run, which goes on whoever is gone; jobs by schedule are the CronJobs' own."""

from collections.abc import Sequence
from math import ceil
from typing import Any, Final

from ..base import Run, RunState, TargetError, Task
from ..tasks import BEFORE, TRIAL
from .answers import Clash
from .api import Api
from .inventory import apply_all
from .kinds import CLAIM, JOB, NETWORK_POLICY, POD, SERVICE_ACCOUNT, Object, kind_of
from .material import recorded
from .service_pods import blotter, last_lines
from .variants import MANAGED, NAME, RELEASE, TASK, bounded, task
from .workload_progress import last_exit, seconds_of

_BY: Final = "oneway/started-by"
_RUN: Final = "oneway/run"
_TIMES_KEPT: Final = 20


class ClusterTasks:
    """The Jobs of one namespace."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def start(self, asked: Task) -> None:
        release = asked.release
        objects = recorded(release)
        title = bounded(f"{release.service}-{asked.name}-{asked.run}")
        body = task(objects, title, asked.name, asked.command, ceil(asked.within), asked.retries + 1)
        body["metadata"]["annotations"] = {_BY: asked.by, _RUN: asked.run}
        body["metadata"]["labels"] |= {MANAGED: "platform", RELEASE: str(release.number)}
        # What its pod needs: its account, its rights on the network, its volumes.
        first = {SERVICE_ACCOUNT.name, NETWORK_POLICY.name, CLAIM.name}
        apply_all(self._api, [each for each in objects if each["kind"] in first and _is_new(self._api, each)])
        try:
            self._api.create(body)
        except Clash:
            return

    def look(self, asked: Task) -> Run:
        title = bounded(f"{asked.release.service}-{asked.name}-{asked.run}")
        body = self._api.find(JOB, title)
        if body is None:
            raise TargetError(f"there is no Job {title}", "start it again")
        found = _run_of(body)
        if found.state is RunState.RUNNING:
            return found
        pods = self._api.list(POD, f"{TASK}={asked.name},job-name={title}").items
        blot = blotter(self._api, asked.release.spec)
        lines = [
            blot(line)
            for each in pods
            for line in last_lines(self._api, each["metadata"]["name"], asked.release.service)
        ]
        said = next((text for each in pods if (text := last_exit(each)) and found.state is RunState.FAILED), "")
        return _run_of(body, said, tuple(lines))

    def runs(self, service: str) -> Sequence[Run]:
        found = self._api.list(JOB, f"{NAME}={service},{TASK}").items
        ordered = sorted(found, key=lambda each: str(each["metadata"].get("creationTimestamp", "")), reverse=True)
        return [_run_of(each) for each in ordered]

    def end(self, service: str, keep: int | None) -> None:
        """Remove what runs for releases other than the one to keep: migrations and trials; with None, every run."""
        for each in self._api.list(JOB, f"{NAME}={service},{TASK}").items:
            labels = each["metadata"].get("labels") or {}
            other = keep is None or (labels.get(TASK) in (BEFORE, TRIAL) and labels.get(RELEASE) != str(keep))
            if other and _run_of(each).state is RunState.RUNNING:
                self._api.delete(JOB, each["metadata"]["name"], each["metadata"].get("uid"))

    def prune(self, service: str) -> None:
        """Forget all but the newest runs; those of schedules are the CronJobs' to forget."""
        mine = [
            each
            for each in self._api.list(JOB, f"{NAME}={service},{TASK},{MANAGED}=platform").items
            if not each["metadata"].get("ownerReferences") and _run_of(each).state is not RunState.RUNNING
        ]
        mine.sort(key=lambda each: str(each["metadata"].get("creationTimestamp", "")), reverse=True)
        for each in mine[_TIMES_KEPT:]:
            self._api.delete(JOB, each["metadata"]["name"], each["metadata"].get("uid"))


def _run_of(body: Object, said: str = "", lines: tuple[str, ...] = ()) -> Run:
    about, status = body["metadata"], body.get("status") or {}
    labels, notes = about.get("labels") or {}, about.get("annotations") or {}
    started = seconds_of(status.get("startTime") or about.get("creationTimestamp")) or 0.0
    state, ended, reason = RunState.RUNNING, None, ""
    for each in status.get("conditions") or ():
        if each.get("status") != "True" or each.get("type") not in ("Complete", "Failed"):
            continue
        state = RunState.PASSED if each["type"] == "Complete" else RunState.FAILED
        ended = seconds_of(status.get("completionTime") or each.get("lastTransitionTime"))
        reason = "" if state is RunState.PASSED else _reason(each, said)
    number = str(labels.get(RELEASE, ""))
    return Run(
        job=str(labels.get(TASK, "")),
        run=str(notes.get(_RUN) or about["name"]),
        release=int(number) if number.isdigit() else 0,
        state=state,
        started=started,
        ended=ended,
        reason=reason,
        by=str(notes.get(_BY) or "its schedule"),
        tries=max(1, int(status.get("failed") or 0) + (1 if state is RunState.PASSED else 0)),
        lines=lines,
    )


def _reason(condition: dict[str, Any], said: str) -> str:
    if condition.get("reason") == "DeadlineExceeded":
        return "it did not end within its deadline"
    return (
        f"it {said}"
        if said
        else " ".join(str(condition.get("message") or condition.get("reason") or "it failed").split())
    )


def _is_new(api: Api, body: Object) -> bool:
    return api.find(kind_of(body), body["metadata"]["name"]) is None
