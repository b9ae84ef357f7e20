"""A manifest says something that its kind cannot have.

Why: a job that is told to answer, or a database that a canary is made of, does something else than whoever wrote it
thinks, and it is found in production.

How: `kind: job` has at least one job, with a command and a schedule that can be read, and no endpoints, replicas or
smoke checks. `kind: backing` has an image, an endpoint and no public one, one replica, and neither calls nor smoke
checks of http; with `${password}` in `connection.url` it names the secret. Other kinds have no `connection`. Schedules
are read as cron does, in a time zone that is known. `health.metric` needs an endpoint of http to be read at.

    kind: job
    jobs: {nightly: {command: [python, report.py], schedule: "30 25 * * *"}}     # there is no hour 25

Mend it: follow the hint.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...errors import Severity
from ...model import Job, Service
from ...model.secrets import looks_secret
from ...model.state import PASSWORD
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

Said = tuple[tuple[str | int, ...], str, str]


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each thing that does not go together."""
    for name, service in facts.services.items():
        for path, said, hint in (*_kind(service), *_jobs(service), *_connection(service), *_metric(service)):
            yield Breach(
                f"{name} {said}", facts.place(name, *path), hint, service=name, subject=".".join(map(str, path))
            )


def _kind(service: Service) -> Iterator[Said]:
    if service.kind == "job":
        if not service.jobs:
            yield (
                ("kind",),
                "is a job, and has no `jobs`",
                'add `jobs: {nightly: {command: […], schedule: "30 3 * * *"}}`',
            )
        for field in ("endpoints", "smoke"):
            if getattr(service, field):
                yield (field,), f"is a job and has {field}, but nothing of it runs all the time", f"take `{field}` out"
        if service.scale is not None or service.replicas is not None:
            field = "scale" if service.scale is not None else "replicas"
            yield (field,), f"is a job and has {field}, but runs by schedule alone", f"take `{field}` out"
        if service.volumes and any(each.writers == "one" for each in service.volumes):
            for name, job in service.jobs.items():
                if job.concurrency == "allow":
                    said = f"lets {name} run twice at once, and one at most may write to what it keeps"
                    yield ("jobs", name, "concurrency"), said, "say `forbid` or `replace`"
    elif service.kind == "backing":
        yield from _backing(service)


def _backing(service: Service) -> Iterator[Said]:
    if service.build.image is None:
        yield ("build",), "is a backing service without an image", 'name one: `build: {image: "postgres:17"}`'
    if not service.endpoints:
        said = "is a backing service that nobody can reach"
        yield ("kind",), said, "add `endpoints: [{name: sql, port: 5432, protocol: tcp}]`"
    for index, each in enumerate(service.endpoints):
        if each.public:
            said = f"would show its endpoint {each.name} to everybody"
            yield ("endpoints", index, "public"), said, "take `public` away: what others store is for services"
    if service.calls:
        yield ("calls",), "is a backing service that calls others", "take `calls` out, or make it `kind: service`"


def _jobs(service: Service) -> Iterator[Said]:
    for name, job in service.jobs.items():
        if not service.command_of(job):
            yield ("jobs", name), f"does not say what runs as {name}", "add `command: [program, argument, …]`"
        if fault := _why_unreadable(job):
            yield ("jobs", name, "schedule"), f"cannot run {name}: {fault}", 'write it as cron does: "30 3 * * *"'


def _why_unreadable(job: Job) -> str:
    from cronsim import CronSim, CronSimError

    try:
        zone = ZoneInfo(job.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{job.zone!r} is no time zone"
    if job.schedule is None:
        return ""
    try:
        next(CronSim(job.schedule, datetime(2026, 1, 1, tzinfo=UTC).astimezone(zone)))
    except CronSimError as error:
        return f"{job.schedule!r} is no schedule ({str(error).lower()})"
    except StopIteration:
        return f"the time {job.schedule!r} never comes"
    return ""


def _connection(service: Service) -> Iterator[Said]:
    connection = service.connection
    if connection is None:
        return
    if service.kind != "backing":
        yield ("connection",), "declares a connection and is no backing service", "say `kind: backing`"
    if PASSWORD in connection.url and connection.secret is None:
        said = "names a password in its connection, and not where it is kept"
        yield ("connection",), said, "add `secret: {name: …, key: …}` under `connection`"
    if looks_secret(connection.variable, connection.url.replace(PASSWORD, "${password}")) and _has_literal(
        connection.url
    ):
        said = "has a password in its connection's address"
        yield (
            ("connection", "url"),
            said,
            "write `${password}` there and name the `secret`; then change it: it is known",
        )


def _has_literal(url: str) -> bool:
    """Whether a password stands in the address itself."""
    user = url.partition("://")[2].partition("@")[0]
    return "@" in url and ":" in user and not user.partition(":")[2].startswith("${")


def _metric(service: Service) -> Iterator[Said]:
    if service.health.metric is None:
        return
    endpoint = service.endpoint(service.health.endpoint)
    if endpoint is None or endpoint.protocol != "http":
        said = "is ready by a metric, and has no endpoint of http to read it at"
        yield ("health", "metric"), said, "add the endpoint of its metrics, or use `health.command`"
