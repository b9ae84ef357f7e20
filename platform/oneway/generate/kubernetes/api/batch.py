"""Pods that run once and end."""

from .meta import Metadata, Object, Part
from .pods import PodTemplate


class JobSpec(Part, frozen=True, kw_only=True):
    backoff_limit: int
    active_deadline_seconds: int
    ttl_seconds_after_finished: int | None = None
    template: PodTemplate


class JobTemplate(Part, frozen=True, kw_only=True):
    metadata: Metadata
    spec: JobSpec


class CronJobSpec(Part, frozen=True, kw_only=True):
    schedule: str
    time_zone: str
    suspend: bool
    concurrency_policy: str
    starting_deadline_seconds: int
    successful_jobs_history_limit: int
    failed_jobs_history_limit: int
    job_template: JobTemplate


class CronJob(Object, frozen=True, kw_only=True):
    spec: CronJobSpec
