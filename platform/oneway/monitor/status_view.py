"""The board for programs and pages: plain values, versioned, times as the wall shows them."""

from typing import Any, Final

from typing_extensions import TypedDict

from ..model import Job, Owner
from ..probe import asked_of, expected_of
from ..targets.base import Run
from .board import Board
from .core.budget import Budget
from .core.incidents import Incident
from .core.look import Health, Key
from .live_survey import Presence
from .states import WORST_FIRST, Shown, State, check_state, service_state, service_states, worst
from .troubles import told_of

VERSION: Final = 2
_HEALTH: Final = {State.FAILS: Health.BAD, State.BLOCKED: Health.BAD, State.WORKS: Health.GOOD, State.SLOW: Health.GOOD}


class FailureView(TypedDict):
    where: str
    expected: str
    actual: str


class CheckView(TypedDict):
    service: str
    check: str
    generated: bool
    request: str
    expected: str
    state: str
    words: str
    health: str
    since: float | None
    every: float | None
    seconds: float | None
    asked: float | None
    failures: list[FailureView]


class BudgetView(TypedDict):
    objective: float
    measured: float | None
    left: float | None
    burn_rate: float | None
    burning: bool


class JobView(TypedDict):
    """A job by its last run that ended; `state` is null before there was one."""

    job: str
    schedule: str | None
    state: str | None
    started: float | None
    words: str


class ServiceView(TypedDict):
    service: str
    domain: str
    owner: str
    summary: str
    version: str | None
    release: int | None
    state: str
    words: str
    since: float | None
    by: list[str]
    deploying: bool
    logs: str
    put_back: str | None
    budgets: dict[str, BudgetView]
    jobs: list[JobView]


class IncidentView(TypedDict):
    id: str
    service: str
    state: str
    check: str
    reason: str
    opened: float
    closed: float | None
    blocked: list[str]
    degraded: list[str]
    told: int
    acknowledged: str
    owner: str
    backup: str
    before: str


class Status(TypedDict):
    version: int
    platform: str
    time: float
    state: str
    health: str
    looks: int
    shape: int
    checks: list[CheckView]
    services: list[ServiceView]
    incidents: list[IncidentView]
    faults: list[str]


def status(board: Board, now: float, public: bool = False) -> Status:
    """Everything; with `public` only what has a public endpoint, and nothing that only its makers should know."""
    shown = {name: each for name, each in service_states(board).items() if not public or is_public(board, name)}
    services = sorted((service_view(board, name, each) for name, each in shown.items()), key=_failing_first)
    checks = [check_view(board, key) for key in board.checks if key[0] in shown]
    incidents = [incident_view(board, each) for each in board.incidents.values() if each.service in shown]
    state = worst(each.state for each in shown.values())
    found: Status = {
        "version": VERSION,
        "platform": board.system.platform.name,
        "time": _wall(board, now) or 0.0,
        "state": state.value,
        "health": _HEALTH.get(state, Health.UNKNOWN).value,
        "looks": board.looks,
        "shape": board.shape,
        "checks": checks,
        "services": services,
        "incidents": incidents,
        "faults": sorted(board.faults.values()),
    }
    return _without_inside(found) if public else found


def service_view(board: Board, name: str, shown: Shown | None = None) -> ServiceView:
    """One service; `shown` is its state where that is known already."""
    presence, shown = board.survey.services[name], shown or service_state(board, name)
    release = presence.release
    return {
        "service": name,
        "domain": presence.spec.domain,
        "owner": presence.spec.owner,
        "summary": presence.spec.summary,
        "version": release.version if release else None,
        "release": release.number if release else None,
        "state": shown.state.value,
        "words": shown.words,
        "since": _wall(board, shown.since),
        "by": list(shown.by),
        "deploying": presence.deploying is not None,
        "logs": f"platform logs {name}",
        "put_back": f"platform rollback {name}" if release is not None and release.previous else None,
        "budgets": {kind: _budget(each) for kind, each in board.budgets.get(name, {}).items()},
        "jobs": [_job(job, each.schedule, presence.runs.get(job)) for job, each in _jobs_of(presence)],
    }


def check_view(board: Board, key: Key) -> CheckView:
    """One check with its last answer."""
    shown, standing, result = check_state(board, key), board.standings.get(key), board.results.get(key)
    pace = board.paces.get(key)
    failures = result.failures if result is not None else ()
    last = standing.last if standing is not None else None
    check = board.checks[key]
    return {
        "service": key[0],
        "check": key[1],
        "generated": check.generated,
        "request": asked_of(check),
        "expected": expected_of(check),
        "state": shown.state.value,
        "words": shown.words,
        "health": _HEALTH.get(shown.state, Health.UNKNOWN).value,
        "since": _wall(board, shown.since),
        "every": pace.every if pace else None,
        "seconds": round(last.seconds, 6) if last is not None and last.health is Health.GOOD else None,
        "asked": _wall(board, last.ended if last else None),
        "failures": [{"where": e.where, "expected": e.expected, "actual": e.actual} for e in failures],
    }


def incident_view(board: Board, incident: Incident) -> IncidentView:
    """One incident, with whom its messages name and the release that came before it."""
    presence = board.presence(incident.service)
    owner = presence.spec.owner if presence is not None else ""
    release = presence.release if presence is not None else None
    came_before = release is not None and release.committed is not None and release.committed <= incident.opened
    return {
        "id": incident.id,
        "service": incident.service,
        "state": incident.state,
        "check": incident.check,
        "reason": incident.reason,
        "opened": _wall(board, incident.opened) or 0.0,
        "closed": _wall(board, incident.closed),
        "blocked": list(incident.blocked),
        "degraded": list(incident.degraded),
        "told": incident.sequence,
        "acknowledged": incident.acknowledged,
        "owner": owner,
        "backup": board.system.platform.owners.get(owner, Owner()).backup or "",
        "before": f"release {release.number} ({release.version})" if release is not None and came_before else "",
    }


def _without_inside(found: Status) -> Status:
    """What anybody may see: states, not reasons, people or commands."""
    services: list[Any] = [
        {**each, "owner": "", "logs": "", "put_back": None, "by": [], "words": each["state"], "jobs": []}
        for each in found["services"]
    ]
    checks: list[Any] = [
        {**each, "failures": [], "words": each["state"], "request": "", "expected": ""} for each in found["checks"]
    ]
    names = ("reason", "check", "acknowledged", "owner", "backup", "before")
    incidents: list[Any] = [
        {**each, **dict.fromkeys(names, ""), "blocked": [], "degraded": []} for each in found["incidents"]
    ]
    return {**found, "services": services, "checks": checks, "incidents": incidents, "faults": []}


def is_public(board: Board, name: str) -> bool:
    """Whether anybody may know of the service: it has an endpoint that is `public: true`."""
    presence = board.presence(name)
    return presence is not None and any(each.public for each in presence.spec.endpoints)


def _failing_first(view: ServiceView) -> tuple[int, str, str]:
    return WORST_FIRST.index(State(view["state"])), view["domain"], view["service"]


def _budget(each: Budget) -> BudgetView:
    return {
        "objective": each.objective,
        "measured": None if each.measured is None else round(each.measured, 4),
        "left": None if each.left is None else round(each.left, 4),
        "burn_rate": None if each.rate == float("inf") else round(each.rate, 3),
        "burning": each.burning is not None,
    }


def _jobs_of(presence: Presence) -> list[tuple[str, Job]]:
    return sorted(presence.spec.jobs.items()) if presence.release is not None else []


def _job(name: str, schedule: str | None, run: Run | None) -> JobView:
    state, started = (run.state.value, round(run.started, 3)) if run is not None else (None, None)
    words = told_of(run) if run is not None else "has not run yet"
    return {"job": name, "schedule": schedule, "state": state, "started": started, "words": words}


def _wall(board: Board, at: float | None) -> float | None:
    return None if at is None else round(at + board.skew, 3)
