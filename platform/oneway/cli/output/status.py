"""The status of services, as a table with remarks and as JSON."""

import time
from collections.abc import Iterator
from typing import Any, Final

from ...application.open_environment import DEFAULT
from ...application.service_status import ServiceStatus, SystemStatus
from ...targets.base import Condition, Release, Run
from .lines import environment_line, table

_HEAD: Final = ("SERVICE", "VERSION", "HEALTH", "REPLICAS", "RESTARTS", "SINCE", "ADDRESS")


def status_lines(status: SystemStatus, environment: str, target: str) -> list[str]:
    """A row for each service, what is to be said about them, and what to do next."""
    head = environment_line(environment, target)
    remarks = [f"  {line}" for each in status.services for line in _remarks(each)]
    faults = [f"fault: {each.text}" for each in status.faults]
    return [head, *table(_HEAD, map(_row, status.services)), *remarks, *faults, *_advice(status, environment)]


def status_json(status: SystemStatus, environment: str, target: str) -> dict[str, Any]:
    """Version 1 of the status."""
    return {
        "version": 1,
        "environment": environment,
        "target": target,
        "neighbours": list(status.neighbours),
        "faults": [each.text for each in status.faults],
        "services": [_as_json(each) for each in status.services],
    }


def _row(each: ServiceStatus) -> tuple[str, ...]:
    release = each.release
    if release is None:
        never = "not running" if each.health == "stopped" and each.stopped is None else each.health
        return (each.service, each.stopped.version if each.stopped else "-", never, "-", "-", "-", "-")
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(_since(release)))
    restarts = str(sum(one.restarts for one in each.instances))
    replicas = f"{each.ready}/{max(each.wanted, len(each.instances))}"
    if release.spec.kind == "job":
        replicas = "-"
    return (each.service, release.version, each.health, replicas, restarts, since, " ".join(each.addresses.values()))


def _since(release: Release) -> float:
    return release.since or release.committed or release.started


def _remarks(each: ServiceStatus) -> Iterator[str]:
    for one in each.instances:
        if one.reason or one.condition is not Condition.READY:
            yield f"{one.name}: {one.reason or one.condition}"
    yield from _jobs(each)
    if each.changed_secrets:
        told = "; ".join(each.changed_secrets)
        yield f"{each.service}: {told}: `platform restart {each.service}` starts it with what is there now"
    if each.release is not None and each.wanted != each.release.spec.min_replicas:
        low, high = each.release.spec.min_replicas, each.release.spec.max_replicas
        declared = f"{low} to {high}" if low != high else f"{low}"
        yield f"{each.service}: scaled to {each.wanted}, where its manifest says {declared}"
    if each.blocked:
        yield f"{each.service}: {each.blocked}"
    for name in each.lacks if each.release is not None else ():
        yield f"{each.service}: calls {name}, which this environment leaves out"
    if each.left_out and each.release is not None:
        yield f"{each.service}: this environment leaves it out, and it runs: `platform stop {each.service}` ends it"
    if not each.declared and each.release is not None:
        yield f"{each.service}: no manifest declares it any more: `platform stop {each.service}` ends it"
    if each.holder is not None:
        since = time.strftime("%H:%M:%S", time.localtime(each.holder.since))
        yield f"{each.service}: being deployed by {each.holder.who} since {since}"
    if each.cut_off is not None:
        step = each.cut_off.steps[-1].name if each.cut_off.steps else "its start"
        which = f"release {each.cut_off.number} ({each.cut_off.version})"
        yield f"{each.service}: {which} was cut off while {each.cut_off.state}, at {step}"


def _jobs(each: ServiceStatus) -> Iterator[str]:
    for name, job in sorted(each.release.spec.jobs.items() if each.release else ()):
        run, when = each.last_runs.get(name), job.schedule or "by hand alone"
        if run is None:
            yield f"{each.service} {name} ({when}): has not run yet"
            continue
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
        why = f": {run.reason}" if run.reason else ""
        yield f"{each.service} {name} ({when}): {run.state}, started {since} by {run.by}{why}"


def _advice(status: SystemStatus, environment: str) -> list[str]:
    option = "" if environment == DEFAULT else f" --env {environment}"
    others = [f"  also running here: {', '.join(status.neighbours)}"] if status.neighbours else []
    if any(each.command == "repair" for each in status.faults):
        return [f"  hint: `platform repair{option}` ends what runs without a record", *others]
    if status.faults or any(each.cut_off for each in status.services):
        return [f"  hint: `platform up{option}` puts this right", *others]
    if not any(each.release or each.stopped for each in status.services):
        return [f"nothing is deployed in {environment}: `platform deploy --all{option}` starts", *others]
    if any(each.stopped for each in status.services):
        return [f"  hint: `platform up --all{option}` starts again what was stopped", *others]
    return others


def _as_json(each: ServiceStatus) -> dict[str, Any]:
    release = each.release
    return {
        "service": each.service,
        "declared": each.declared,
        "health": each.health,
        "release": release.number if release else None,
        "running": release.version if release else None,
        "since": _since(release) if release else None,
        "changed_secrets": list(each.changed_secrets),
        "wanted": each.wanted,
        "blocked": each.blocked or None,
        "left_out": each.left_out,
        "lacks": list(each.lacks),
        "addresses": dict(each.addresses),
        "traffic": {str(number): share for number, share in each.shares.items()},
        "replicas": [
            {
                "name": one.name,
                "condition": one.condition.value,
                "reason": one.reason,
                "restarts": one.restarts,
                "since": one.since,
            }
            for one in each.instances
        ],
        "jobs": [
            {
                "job": name,
                "schedule": job.schedule,
                "last": _run_json(each.last_runs[name]) if name in each.last_runs else None,
            }
            for name, job in sorted(release.spec.jobs.items() if release else ())
        ],
        "unfinished": each.cut_off.number if each.cut_off else None,
        "deployed_by": {"who": each.holder.who, "since": each.holder.since} if each.holder else None,
    }


def _run_json(run: Run) -> dict[str, Any]:
    return {
        "run": run.run,
        "release": run.release,
        "state": run.state.value,
        "started": run.started,
        "ended": run.ended,
        "tries": run.tries,
        "reason": run.reason,
        "by": run.by,
    }
