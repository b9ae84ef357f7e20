"""The board for programs and pages: plain values, versioned, times as the wall shows them."""

from typing import Any, Final

from typing_extensions import TypedDict

from .board import Board
from .core.budget import Budget
from .core.incidents import Incident
from .core.look import Health, Key
from .states import State, check_state, overall, service_state

VERSION: Final = 2
_HEALTH: Final = {State.FAILS: Health.BAD, State.BLOCKED: Health.BAD, State.WORKS: Health.GOOD, State.SLOW: Health.GOOD}


class FailureView(TypedDict):
    where: str
    expected: str
    actual: str


class CheckView(TypedDict):
    service: str
    check: str
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


class Status(TypedDict):
    version: int
    platform: str
    time: float
    state: str
    health: str
    looks: int
    checks: list[CheckView]
    services: list[ServiceView]
    incidents: list[IncidentView]
    faults: list[str]


def status(board: Board, now: float, public: bool = False) -> Status:
    """Everything; with `public` only what has a public endpoint, and nothing that only its makers should know."""
    names = [name for name in board.survey.services if not public or _is_public(board, name)]
    services = sorted((service_view(board, name) for name in names), key=_failing_first)
    checks = [check_view(board, key) for key in board.checks if key[0] in names]
    incidents = [incident_view(board, each) for each in board.incidents.values() if each.service in names]
    state = overall(board) if not public else _worst(services)
    found: Status = {
        "version": VERSION,
        "platform": board.system.platform.name,
        "time": _wall(board, now) or 0.0,
        "state": state.value,
        "health": _HEALTH.get(state, Health.UNKNOWN).value,
        "looks": board.looks,
        "checks": checks,
        "services": services,
        "incidents": incidents,
        "faults": sorted(board.faults.values()),
    }
    return _without_inside(found) if public else found


def service_view(board: Board, name: str) -> ServiceView:
    """One service."""
    presence, shown = board.survey.services[name], service_state(board, name)
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
    }


def check_view(board: Board, key: Key) -> CheckView:
    """One check with its last answer."""
    shown, standing, result = check_state(board, key), board.standings.get(key), board.results.get(key)
    pace = board.paces.get(key)
    failures = result.failures if result is not None else ()
    last = standing.last if standing is not None else None
    return {
        "service": key[0],
        "check": key[1],
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
    """One incident."""
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
    }


def _without_inside(found: Status) -> Status:
    """What anybody may see: states, not reasons, people or commands."""
    services: list[Any] = [
        {**each, "owner": "", "logs": "", "put_back": None, "by": [], "words": each["state"]}
        for each in found["services"]
    ]
    checks: list[Any] = [{**each, "failures": [], "words": each["state"]} for each in found["checks"]]
    incidents: list[Any] = [
        {**each, "reason": "", "check": "", "blocked": [], "degraded": [], "acknowledged": ""}
        for each in found["incidents"]
    ]
    return {**found, "services": services, "checks": checks, "incidents": incidents, "faults": []}


def _is_public(board: Board, name: str) -> bool:
    return any(each.public for each in board.survey.services[name].spec.endpoints)


def _worst(services: list[ServiceView]) -> State:
    states = {State(each["state"]) for each in services} or {State.UNKNOWN}
    order = (State.FAILS, State.BLOCKED, State.STOPPED, State.UNKNOWN, State.SLOW, State.MAINTENANCE, State.WORKS)
    return next(each for each in order if each in states)


def _failing_first(view: ServiceView) -> tuple[int, str, str]:
    order = (State.FAILS, State.BLOCKED, State.STOPPED, State.UNKNOWN, State.SLOW, State.MAINTENANCE, State.WORKS)
    return order.index(State(view["state"])), view["domain"], view["service"]


def _budget(each: Budget) -> BudgetView:
    return {
        "objective": each.objective,
        "measured": None if each.measured is None else round(each.measured, 4),
        "left": None if each.left is None else round(each.left, 4),
        "burn_rate": None if each.rate == float("inf") else round(each.rate, 3),
        "burning": each.burning is not None,
    }


def _wall(board: Board, at: float | None) -> float | None:
    return None if at is None else round(at + board.skew, 3)
