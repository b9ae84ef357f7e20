"""The values that the monitor keeps in its file, the layout of that file, and how a value is written in a row."""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import msgspec

from .core.incidents import Incident
from .core.look import Key, Standing

T = TypeVar("T")

_VERSION: Final = 3
_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS standings (service TEXT, name TEXT, body BLOB, PRIMARY KEY (service, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, key TEXT, opened REAL, closed REAL, body BLOB);
CREATE INDEX IF NOT EXISTS incidents_by_time ON incidents (opened);
CREATE TABLE IF NOT EXISTS outbox (id TEXT, route TEXT, incident TEXT, sequence INTEGER, body BLOB, due REAL,
    tries INTEGER, sent REAL, PRIMARY KEY (id, route)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (service TEXT, name TEXT, ended REAL, health TEXT, seconds REAL, reason TEXT);
CREATE TABLE IF NOT EXISTS sums (span INTEGER, start INTEGER, service TEXT, name TEXT, looks INTEGER, bad INTEGER,
    callees INTEGER, seconds REAL, slowest REAL, told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (span, service, name, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (time REAL, service TEXT, kind TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS marks_by_service ON marks (service, time);
CREATE TABLE IF NOT EXISTS silences (service TEXT PRIMARY KEY, until REAL, who TEXT, why TEXT);
CREATE TABLE IF NOT EXISTS acknowledgements (incident TEXT PRIMARY KEY, who TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;
PRAGMA user_version = 3;
"""


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables where they are not as they are now; what an earlier version wrote stays."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version >= _VERSION:
        return
    columns = {row[1] for row in connection.execute("PRAGMA table_info(sums)")}
    if columns and "told" not in columns:
        connection.execute("ALTER TABLE sums ADD COLUMN told INTEGER NOT NULL DEFAULT 0")
    connection.executescript(_LAYOUT)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on one route: when it is due, how often it was tried."""

    id: str
    route: str
    incident: str
    sequence: int
    body: bytes
    due: float = 0.0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told of the service until then."""

    service: str
    until: float
    who: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a service, for its time line: a release, a restart, a stop."""

    time: float
    service: str
    kind: str
    text: str


@dataclass(slots=True)
class Sum:
    """Looks of one check in one stretch of time."""

    looks: int = 0
    bad: int = 0
    callees: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    told: int = 0


@dataclass(slots=True)
class Saved:
    """What a monitor that starts finds."""

    standings: dict[Key, Standing] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def none_after(self, now: float) -> "Saved":
        """The same with no time in the future: the clock on the wall may have been set back since it was saved."""
        return Saved(
            {key: _standing_before(now, each) for key, each in self.standings.items()},
            {key: _incident_before(now, each) for key, each in self.incidents.items()},
            [replace(each, due=min(each.due, now)) for each in self.letters],
            self.facts,
        )


def _standing_before(now: float, each: Standing) -> Standing:
    last = each.last
    if last is not None:
        last = replace(last, began=min(last.began, now), ended=min(last.ended, now))
    return replace(
        each, since=min(each.since, now), turned=min(each.turned, now), last_good=min(each.last_good, now), last=last
    )


def _incident_before(now: float, each: Incident) -> Incident:
    return replace(each, opened=min(each.opened, now), reminded=min(each.reminded, now))


def encoded(value: Any) -> bytes:
    """The value as a row holds it. JSON knows no infinity: what never was is null."""
    return msgspec.json.encode(value)


def decoded(body: bytes, kind: type[T]) -> T:
    """The value of a row. MsgspecError where it is none."""
    plain = {
        name: value for name, value in msgspec.json.decode(body).items() if value is not None or name != "last_good"
    }
    return msgspec.convert(plain, kind)


def readable(bodies: Iterable[bytes], kind: type[T]) -> list[T]:
    """The values of those rows that can be read: one that cannot must not cost the others."""
    found = []
    for body in bodies:
        with suppress(msgspec.MsgspecError, AttributeError):
            found.append(decoded(body, kind))
    return found
