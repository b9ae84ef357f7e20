"""What was: the last day in steps, for whoever looks back; the last looks of a service; who was told of an incident."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from typing_extensions import TypedDict

from .states import State
from .watch_memory import Memory

STEP: Final = 300
STEPS: Final = 288
_ROWS: Final = 200
_SUMS: Final = """SELECT service, start / ? AS step, sum(looks), sum(bad), sum(callees) FROM sums
    WHERE span=60 AND start>=? GROUP BY service, step ORDER BY service, step"""
_DAYS: Final = """SELECT service, start, sum(looks), sum(bad), sum(callees) FROM sums
    WHERE span=86400 AND start>=? GROUP BY service, start ORDER BY service, start"""
_MARKS: Final = "SELECT time, service, kind, text FROM marks WHERE time>=? ORDER BY time DESC LIMIT 2000"
_LOOKS: Final = """SELECT name, ended, health, seconds, reason FROM looks WHERE service=? AND ended>=?
    ORDER BY rowid DESC LIMIT ?"""
_TOLD: Final = "SELECT route, sequence, sent, tries, body FROM outbox WHERE incident=? ORDER BY sequence, route"


class MarkView(TypedDict):
    time: float
    service: str
    kind: str
    text: str


class DayView(TypedDict):
    """`services` has for each service the steps at which its state became another: [step, state] in order."""

    version: int
    start: float
    step: int
    steps: int
    services: dict[str, list[tuple[int, str]]]
    marks: list[MarkView]


class DaysView(TypedDict):
    """For each service its days: [start, looks, bad looks, bad looks that callees caused]."""

    version: int
    services: dict[str, list[tuple[float, int, int, int]]]


class LookView(TypedDict):
    check: str
    time: float
    health: str
    seconds: float
    reason: str


class ToldView(TypedDict):
    route: str
    kind: str
    who: list[str]
    time: float | None
    tries: int


def last_day(memory: Memory, now: float, skew: float, shown: Callable[[str], bool], public: bool) -> DayView:
    """The day until now, of the services that are to be shown."""
    first = int(now // STEP) - STEPS + 1

    def read(connection: sqlite3.Connection) -> DayView:
        services: dict[str, list[tuple[int, int, int, int]]] = {}
        for service, step, looks, bad, callees in connection.execute(_SUMS, (STEP, first * STEP)):
            services.setdefault(service, []).append((step - first, looks, bad, callees))
        marks = [] if public else connection.execute(_MARKS, (first * STEP,)).fetchall()
        return {
            "version": 1,
            "start": first * STEP + skew,
            "step": STEP,
            "steps": STEPS,
            "services": {name: _changes(rows) for name, rows in services.items() if shown(name)},
            "marks": [
                {"time": time + skew, "service": service, "kind": kind, "text": text}
                for time, service, kind, text in reversed(marks)
            ],
        }

    nothing: DayView = {
        "version": 1,
        "start": first * STEP + skew,
        "step": STEP,
        "steps": STEPS,
        "services": {},
        "marks": [],
    }
    return memory.read(read, nothing)


def last_days(memory: Memory, now: float, shown: Callable[[str], bool], public: bool) -> DaysView:
    """The last 90 days of every service that is to be shown; whose fault it was is nobody else's business."""

    def read(connection: sqlite3.Connection) -> DaysView:
        services: dict[str, list[tuple[float, int, int, int]]] = {}
        for service, start, looks, bad, callees in connection.execute(_DAYS, (now - 90 * 86_400,)):
            if shown(service):
                services.setdefault(service, []).append((start, looks, bad, 0 if public else callees))
        return {"version": 1, "services": services}

    nothing: DaysView = {"version": 1, "services": {}}
    return memory.read(read, nothing)


def last_looks(memory: Memory, service: str, now: float, skew: float, count: int = 20) -> list[LookView]:
    """The newest looks at a service within a day, newest first."""

    def read(connection: sqlite3.Connection) -> list[LookView]:
        rows = connection.execute(_LOOKS, (service, now - 86_400, min(count, _ROWS)))
        return [
            {"check": name, "time": ended + skew, "health": health, "seconds": seconds, "reason": reason}
            for name, ended, health, seconds, reason in rows
        ]

    return memory.read(read, [])


def told_of(memory: Memory, incident: str) -> list[ToldView]:
    """The messages about an incident: on which route, to whom, when it was taken; kept for a day after that."""

    def read(connection: sqlite3.Connection) -> list[ToldView]:
        return [_told(*row) for row in connection.execute(_TOLD, (incident,))]

    return memory.read(read, [])


def _told(route: str, sequence: int, sent: float | None, tries: int, body: bytes) -> ToldView:
    try:
        said: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        said = {}
    people = [each["name"] for each in (said.get("owner"), said.get("backup")) if each]
    return {"route": route, "kind": str(said.get("kind", "")), "who": people, "time": sent, "tries": tries}


def _changes(rows: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, str]]:
    """Where the state became another; a step without a look is not known."""
    found: list[tuple[int, str]] = []
    before, expected = State.UNKNOWN, 0
    for step, looks, bad, callees in rows:
        if step > expected and before is not State.UNKNOWN:
            found.append((expected, State.UNKNOWN.value))
            before = State.UNKNOWN
        state = _state(looks, bad, callees)
        if state is not before:
            found.append((step, state.value))
            before = state
        expected = step + 1
    return found


def _state(looks: int, bad: int, callees: int) -> State:
    if not looks:
        return State.UNKNOWN
    if bad > callees:
        return State.FAILS
    return State.BLOCKED if bad else State.WORKS
