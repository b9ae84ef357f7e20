"""What is to be told at this moment: every cause with whom it takes along, and budgets that burn for no told reason."""

import time
from collections.abc import Iterator
from dataclasses import replace

from ..targets.base import Run
from .board import Board
from .core.budget import HOUR, Alarm, Budget
from .core.causes import Condition, Part
from .core.incidents import Incident, Trouble
from .core.look import Health
from .live_survey import Presence
from .watch_ledger import Ledger


def troubles(board: Board, ledger: Ledger, now: float) -> dict[str, Trouble]:
    """Each by the key of its incident. What was told and is not known to be over goes on."""
    conditions = board.conditions()
    found: dict[str, Trouble] = {}
    for name, each in board.blames.items():
        presence = board.presence(name)
        if each.part is not Part.OWN or presence is None:
            continue
        if presence.release is not None and (board.was_seen_bad(name) or name in board.incidents):
            found[name] = _failing(board, name, conditions[name], now)
        elif presence.stopped and f"release {name}" in ledger.facts:
            found[name] = _trouble(board, name, "was stopped by hand", now, board.incidents.get(name))
    for key, told in board.incidents.items():
        if key not in found and key == told.service and told.told and not board.is_over(key):
            found[key] = _trouble(board, key, told.state, now, told)
    for presence in board.survey.services.values():
        found.update(_failed_jobs(board, presence, now))
    for name in board.budgets:
        leaning = name not in conditions or conditions[name].leaning
        quiet = leaning or name in board.blames or ledger.is_undecided(name)
        found.update(_burning(board, name, now, quiet))
    return found


def held(board: Board, name: str) -> str:
    """Why nobody is told of the service now; empty where somebody is."""
    presence = board.presence(name)
    if presence is not None and presence.deploying is not None:
        return "it is being deployed"
    if name in board.maintenance:
        return "maintenance"
    return "silenced" if any(each.service in (name, "*") for each in board.silences) else ""


def _failing(board: Board, name: str, condition: Condition, now: float) -> Trouble:
    standings = [board.standings[key] for key in board.keys(name) if key in board.standings]
    worst = next((each for each in standings if each.health is Health.BAD), None)
    last = worst.last if worst is not None else None
    known = board.incidents.get(name)
    trouble = _trouble(board, name, "fails", now, known)
    reason = last.reason if last is not None and last.reason else (known.reason if known else "")
    since = known.opened if known is not None else condition.since
    return replace(trouble, check=worst.check if worst else "", reason=reason, since=since)


def _failed_jobs(board: Board, presence: Presence, now: float) -> Iterator[tuple[str, Trouble]]:
    """Jobs whose last run did not end well: a trouble of its own each, since who calls the service is none the worse.
    One bad run is enough, for the next may be a day away."""
    for job, run in presence.failed_runs.items():
        key = f"{presence.service} job {job}"
        known = board.incidents.get(key)
        since, reason = known.opened if known is not None else now, told_of(run)
        held_for = held(board, presence.service)
        yield key, Trouble(presence.service, f"job {job} failed", since, f"job {job}", reason, held=held_for)


def told_of(run: Run) -> str:
    """How a run ended, in words."""
    since = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started))
    reason = f": {run.reason}" if run.reason else ""
    return f"{run.state}{reason}; started {since} by {run.by or 'its schedule'}"


def _burning(board: Board, name: str, now: float, quiet: bool) -> Iterator[tuple[str, Trouble]]:
    """The budget of a service that burns for no reason that is told of already: one of them, since what burns both is
    one thing. Nothing begins while the service is `quiet`, for its failures are an incident's, a callee's, or nobody
    knows yet whose."""
    keys = {kind: f"{name} {kind} budget" for kind in board.budgets[name]}
    for kind in sorted(keys, key=lambda kind: (keys[kind] not in board.incidents, kind)):
        one, known = board.budgets[name][kind], board.incidents.get(keys[kind])
        if one.alarm is None or (known is None and (quiet or _is_carried(board, name, one))):
            continue
        state = known.state if known is not None else _burns(kind, one.alarm)
        since = known.opened if known is not None else now
        yield keys[kind], Trouble(name, state, since, held=held(board, name))
        return


def _burns(kind: str, alarm: Alarm) -> str:
    words = "its error budget" if kind == "availability" else "its own error budget"
    return f"burns {words} {alarm.rate:.1f} times as fast as allowed, over {alarm.speed.long / HOUR:.0f} h"


def _is_carried(board: Board, name: str, burning: Budget) -> bool:
    """Whether one of those that it cannot do without burns, too."""
    callees = board.calls.required.get(name, ())
    return any(each.carries(burning) for callee in callees for each in board.budgets.get(callee, {}).values())


def _trouble(board: Board, name: str, state: str, now: float, known: Incident | None) -> Trouble:
    calls, live = board.calls, board.survey.services
    running = {each for each, presence in live.items() if presence.release is not None}
    since = known.opened if known is not None else now
    blocked = tuple(each for each in calls.blocked.get(name, ()) if each in running)
    degraded = tuple(each for each in calls.degraded(name) if each in running)
    return Trouble(name, state, since, blocked=blocked, degraded=degraded, held=held(board, name))
