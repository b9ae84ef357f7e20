"""The state of checks and services in the words that people read. A state never contradicts the answer beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .board import Board
from .core.causes import Condition, Part, missing, slowed
from .core.look import Health, Key, Standing
from .live_survey import Presence


class State(StrEnum):
    """What a service is. What is not known is never shown as good."""

    WORKS = "works"
    SLOW = "slow"
    FAILS = "fails"
    BLOCKED = "blocked"
    STOPPED = "stopped by hand"
    MAINTENANCE = "in maintenance"
    UNKNOWN = "not known"


WORST_FIRST: Final = (
    State.FAILS,
    State.BLOCKED,
    State.STOPPED,
    State.UNKNOWN,
    State.SLOW,
    State.MAINTENANCE,
    State.WORKS,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A state with what there is to say of it, since when, and by whom."""

    state: State
    words: str
    since: float | None = None
    by: tuple[str, ...] = ()


def check_state(board: Board, key: Key) -> Shown:
    """The state of one check. While looks disagree with what was settled, nothing is known."""
    standing = board.standings.get(key)
    pace = board.paces.get(key)
    if standing is None or standing.last is None or pace is None:
        return Shown(State.UNKNOWN, "not asked yet")
    if not standing.settled:
        return Shown(State.UNKNOWN, _turning(standing, pace.fail_after, pace.recover_after), standing.turned)
    if standing.health is Health.BAD:
        return Shown(State.FAILS, "fails", standing.since)
    if standing.health is Health.UNKNOWN:
        return Shown(State.UNKNOWN, "cannot be carried out", standing.since)
    if standing.slow >= pace.fail_after:
        return Shown(State.SLOW, "slow", standing.since)
    return Shown(State.WORKS, "works", standing.since)


def service_states(board: Board) -> dict[str, Shown]:
    """The state of every service, from one look at the board."""
    conditions = board.conditions()
    return {name: _state(board, name, conditions) for name in board.survey.services}


def service_state(board: Board, name: str) -> Shown:
    """The state of a service: the worst of its checks, with the reason where another service is it."""
    return _state(board, name, board.conditions())


def worst(states: Iterable[State]) -> State:
    """The worst of them; where there is none, nothing is known."""
    found = set(states) or {State.UNKNOWN}
    return next(each for each in WORST_FIRST if each in found)


def _state(board: Board, name: str, conditions: Mapping[str, Condition]) -> Shown:
    presence = board.presence(name)
    if presence is None:
        return Shown(State.UNKNOWN, "not known")
    if presence.stopped:
        return Shown(State.STOPPED, "stopped by hand")
    if presence.release is None:
        return Shown(State.UNKNOWN, presence.absent)
    if name in board.maintenance:
        return Shown(State.MAINTENANCE, f"in maintenance: {board.maintenance[name]}".rstrip(": "))
    keys = board.keys(name)
    failed = _list(tuple(f"job {job}" for job in presence.failed_runs)) if presence.failed_runs else ""
    if not keys:
        return _by_its_jobs(presence, failed)
    found = [check_state(board, key) for key in keys]
    for state in (State.FAILS, State.UNKNOWN, State.SLOW):
        bad = [each for each in found if each.state is state]
        if bad:
            since = min((each.since for each in bad if each.since is not None), default=None)
            if state is State.FAILS:
                return _failing(board, name, since)
            if state is State.SLOW and (by := slowed(name, board.calls.needs, conditions)):
                return Shown(State.SLOW, f"slowed by {_list(by)}", since, by)
            return Shown(state, bad[0].words, since)
    since = max((each.since for each in found if each.since is not None), default=None)
    without = missing(name, board.calls.needs, conditions)
    words = f"works, degraded without {_list(without)}" if without else "works"
    words += f"; {failed} failed" if failed else ""
    return Shown(State.WORKS, words, since, without)


def _by_its_jobs(presence: Presence, failed: str) -> Shown:
    """The state of what has no checks: that of the last runs of its jobs."""
    if failed:
        return Shown(State.FAILS, f"{failed} failed")
    if presence.spec.jobs and presence.runs.keys() >= presence.spec.jobs.keys():
        return Shown(State.WORKS, "works")
    return Shown(State.UNKNOWN, "not every job has run yet" if presence.spec.jobs else "no checks in its manifest")


def _failing(board: Board, name: str, since: float | None) -> Shown:
    blame = board.blames.get(name)
    if blame is not None and blame.part is Part.BLOCKED:
        by = tuple(sorted(blame.by))
        return Shown(State.BLOCKED, f"blocked by {_list(by)}", since, by)
    if blame is not None and blame.part is Part.WAITING:
        return Shown(State.FAILS, "fails; its cause is being looked for", since)
    return Shown(State.FAILS, "fails", since)


def _turning(standing: Standing, fail_after: int, recover_after: int) -> str:
    needed = recover_after if standing.leaning is Health.GOOD else fail_after
    words = {
        Health.GOOD: "recovering" if standing.health is Health.BAD else "not sure yet",
        Health.BAD: "may be failing",
        Health.UNKNOWN: "could not be carried out",
    }
    return f"{words[standing.leaning]}: {standing.streak} of {needed} looks"


def _list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
