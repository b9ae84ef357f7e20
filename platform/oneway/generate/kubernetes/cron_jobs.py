"""What runs by schedule: a CronJob for each job, with the pod of its service. One without a schedule is suspended, and
`platform run` starts it."""

from collections.abc import Mapping
from math import ceil
from typing import Final

from msgspec.structs import replace

from ...model import Job, Service, System
from .api.batch import CronJob, CronJobSpec, JobSpec, JobTemplate
from .api.meta import Metadata
from .api.pods import PodTemplate
from .config_maps import config_digest
from .labels import INSTANCE, labels, metadata, short_name
from .pod import pod_template, unexpanded
from .waivers import annotations, waivers_of

TASK: Final = "oneway/task"
_BY_HAND: Final = "0 0 1 1 *"
_POLICIES: Final = {"forbid": "Forbid", "allow": "Allow", "replace": "Replace"}
_KEPT: Final = 3
_MAX_NAME: Final = 52
CATCH_UP_SECONDS: Final = 3600
"""How late a job may still start that nobody started at its time."""


def cron_jobs(system: System, service: Service, image: str, contents: Mapping[str, bytes]) -> tuple[CronJob, ...]:
    """By the names of the jobs, sorted."""
    template = pod_template(system, service, image, config_digest(service, contents))
    return tuple(_cron_job(system, service, name, service.jobs[name], template) for name in sorted(service.jobs))


def cron_job_name(service: str, job: str) -> str:
    """The CronJob of a service's job; what it makes has a longer name yet."""
    return short_name(f"{service}-{job}", _MAX_NAME)


def _cron_job(system: System, service: Service, name: str, job: Job, template: PodTemplate) -> CronJob:
    instance = cron_job_name(service.name, name)
    told = {**labels(system, service, instance), TASK: name}
    about = metadata(system, service, instance, annotations(waivers_of(system, service)), instance)
    spec = CronJobSpec(
        schedule=job.schedule or _BY_HAND,
        time_zone=job.zone,
        suspend=job.schedule is None,
        concurrency_policy=_POLICIES[job.concurrency],
        starting_deadline_seconds=CATCH_UP_SECONDS,
        successful_jobs_history_limit=_KEPT,
        failed_jobs_history_limit=_KEPT,
        job_template=JobTemplate(
            metadata=Metadata(labels=told),
            spec=JobSpec(
                backoff_limit=job.retries,
                active_deadline_seconds=ceil(job.deadline) * (job.retries + 1),
                template=_once(template, service.command_of(job), told),
            ),
        ),
    )
    return CronJob(api_version="batch/v1", kind="CronJob", metadata=about, spec=spec)


def _once(template: PodTemplate, command: tuple[str, ...], told: dict[str, str]) -> PodTemplate:
    """The service's pod with another command, that nobody reaches or asks and that ends."""
    (box,) = template.spec.containers
    alone = replace(
        box,
        command=tuple(map(unexpanded, command)),
        ports=(),
        startup_probe=None,
        readiness_probe=None,
        liveness_probe=None,
        lifecycle=None,
    )
    spec = replace(
        template.spec,
        restart_policy="Never",
        containers=(alone,),
        affinity=None,
        topology_spread_constraints=(),
    )
    return replace(
        template,
        metadata=replace(template.metadata, labels={**template.metadata.labels, **told, INSTANCE: told[INSTANCE]}),
        spec=spec,
    )
