"""A job by hand: one run of it in the release that serves, beside whatever the schedule does."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..deploy import live
from ..errors import OnewayError, UsageError
from ..model import Job
from ..rules.nearest import Nearest
from ..targets.base import Release, Run, RunState, Task
from .open_environment import OpenEnvironment

_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Ask:
    """The run to be, and its job."""

    task: Task
    job: Job


def choose(opened: OpenEnvironment, service: str, name: str | None) -> Ask:
    """The task of that job; without a name the only one. UsageError where there is no such job, OnewayError where
    nothing of the service serves, or its policy forbids a second run."""
    opened.services([service], opened.recorded)
    release = live(opened.site.records.releases(service))
    if release is None:
        raise OnewayError(f"nothing of {service} is live", f"`platform deploy {service}` comes first")
    job_name = _named(release, name)
    job = release.spec.jobs[job_name]
    running = [
        each for each in opened.site.tasks.runs(service) if each.job == job_name and each.state is RunState.RUNNING
    ]
    if running and job.concurrency != "allow":
        raise OnewayError(
            f"{service} {job_name} runs already, started by {running[0].by}",
            "wait until it has ended; `concurrency: allow` would let two run at once",
        )
    run = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"-{time.monotonic_ns() % 1_000_000:06d}"
    who = opened.rollout_context().who
    command = release.spec.command_of(job)
    return Ask(Task(release, job_name, command, float(job.deadline), run.lower(), job.retries, who), job)


def carry_out(opened: OpenEnvironment, ask: Ask, tell: Callable[[Run], None]) -> Run:
    """Start it, tell how it stands until it has ended, and give back how it did."""
    opened.site.tasks.start(ask.task)
    while True:
        run = opened.site.tasks.look(ask.task)
        tell(run)
        if run.state is not RunState.RUNNING:
            return run
        time.sleep(max(_POLL, opened.site.poll))


def _named(release: Release, name: str | None) -> str:
    jobs = release.spec.jobs
    if not jobs:
        raise UsageError(f"{release.service} {release.version} has no jobs", "declare them under `jobs`, then deploy")
    if name is None and len(jobs) == 1:
        return next(iter(jobs))
    if name is None:
        raise UsageError(f"{release.service} has several jobs: {', '.join(sorted(jobs))}", "name the one to run")
    if name not in jobs:
        raise UsageError(
            f"{release.service} has no job {name}", Nearest(jobs).hint(name, f"it has {', '.join(sorted(jobs))}")
        )
    return name
