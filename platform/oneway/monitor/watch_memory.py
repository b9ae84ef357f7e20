"""What the monitor remembers, in a SQLite file of its own: states, incidents, what is still to be told, history.

An incident and what is to be told of it are written in one transaction: whoever dies in between has done both or
neither. Where the file cannot be written the monitor goes on from its own memory, and `fault` says so.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from .core.budget import Tally
from .core.incidents import Incident
from .core.look import Key, Look, Standing

_WAIT_SECONDS: Final = 2.0
_RAW_LOOKS: Final = 200_000
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_KEEP: Final = {_MINUTE: 2 * _DAY, _HOUR: 40 * _DAY}
_UNWRITTEN: Final = 100_000
T = TypeVar("T")

_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS standings (service TEXT, name TEXT, body BLOB, PRIMARY KEY (service, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incidents (id TEXT PRIMARY KEY, key TEXT, opened REAL, closed REAL, body BLOB);
CREATE INDEX IF NOT EXISTS incidents_by_time ON incidents (opened);
CREATE TABLE IF NOT EXISTS outbox (id TEXT, route TEXT, incident TEXT, sequence INTEGER, body BLOB, due REAL,
    tries INTEGER, sent REAL, PRIMARY KEY (id, route)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (service TEXT, name TEXT, ended REAL, health TEXT, seconds REAL, reason TEXT);
CREATE TABLE IF NOT EXISTS sums (span INTEGER, start INTEGER, service TEXT, name TEXT, looks INTEGER, bad INTEGER,
    callees INTEGER, seconds REAL, slowest REAL, PRIMARY KEY (span, service, name, start)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (time REAL, service TEXT, kind TEXT, text TEXT);
CREATE INDEX IF NOT EXISTS marks_by_service ON marks (service, time);
CREATE TABLE IF NOT EXISTS silences (service TEXT PRIMARY KEY, until REAL, who TEXT, why TEXT);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


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


@dataclass(slots=True)
class Saved:
    """What a monitor that starts finds."""

    standings: dict[Key, Standing] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


class Memory:
    """The file of one monitor. Every method may be called from any thread, one at a time; none of them raises where the
    file is the reason."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.fault = ""

    def load(self) -> Saved:
        """What was saved last. A file that is damaged is put aside."""
        saved = self._try(_load, Saved())
        if "malformed" in self.fault or "not a database" in self.fault:
            self._put_aside()
            saved = self._try(_load, Saved())
        return saved

    def save_incidents(
        self, opened: Iterable[tuple[str, Incident]], closed: Iterable[tuple[str, Incident]], letters: Iterable[Letter]
    ) -> bool:
        """Incidents, and what is to be told of them, in one transaction that is durable when this returns."""
        rows = [(each.id, key, each.opened, each.closed, _encoded(each)) for key, each in (*opened, *closed)]
        posts = [
            (each.id, each.route, each.incident, each.sequence, each.body, each.due, each.tries, None)
            for each in letters
        ]

        def write(connection: sqlite3.Connection) -> bool:
            connection.executemany("INSERT OR REPLACE INTO incidents VALUES (?,?,?,?,?)", rows)
            connection.executemany("INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?)", posts)
            return True

        return self._try(write, False, durable=True)

    def save_letter(self, letter: Letter, sent: float | None) -> None:
        """How the sending of a letter went."""
        row = (letter.due, letter.tries, sent, letter.id, letter.route)
        self._try(
            lambda c: c.execute("UPDATE outbox SET due=?, tries=?, sent=? WHERE id=? AND route=?", row),
            None,
            durable=True,
        )

    def save_looks(
        self,
        looks: Sequence[Look],
        sums: dict[tuple[str, str, int], Sum],
        standings: Iterable[Standing],
        marks: Iterable[Mark],
        facts: dict[str, Any],
    ) -> bool:
        """A batch of looks with what they come to."""
        raw = [(e.service, e.check, e.ended, e.health.value, e.seconds, e.reason[:500]) for e in looks[-_UNWRITTEN:]]
        rows = [
            (_MINUTE, start, service, name, each.looks, each.bad, each.callees, each.seconds, each.slowest)
            for (service, name, start), each in sums.items()
        ]
        states = [(each.service, each.check, _encoded(each)) for each in standings]

        def write(connection: sqlite3.Connection) -> bool:
            connection.executemany("INSERT INTO looks VALUES (?,?,?,?,?,?)", raw)
            connection.executemany(_ADD, rows)
            connection.executemany("INSERT OR REPLACE INTO standings VALUES (?,?,?)", states)
            connection.executemany(
                "INSERT INTO marks VALUES (?,?,?,?)", [(e.time, e.service, e.kind, e.text) for e in marks]
            )
            connection.executemany(
                "INSERT OR REPLACE INTO facts VALUES (?,?)", [(k, msgspec.json.encode(v)) for k, v in facts.items()]
            )
            return True

        return self._try(write, False)

    def roll_up(self, now: float, keep_days: int) -> None:
        """Minutes into hours, hours into days; what is older than its keeping goes."""

        def write(connection: sqlite3.Connection) -> None:
            for span, fine in ((_HOUR, _MINUTE), (_DAY, _HOUR)):
                since = int(now // span - 1) * span
                connection.execute(_SUM_UP, (span, span, span, fine, since))
            for span, kept in (*_KEEP.items(), (_DAY, keep_days * _DAY)):
                connection.execute("DELETE FROM sums WHERE span=? AND start<?", (span, now - kept))
            connection.execute(f"DELETE FROM looks WHERE rowid <= (SELECT max(rowid) FROM looks) - {_RAW_LOOKS}")
            oldest = now - keep_days * _DAY
            connection.execute("DELETE FROM incidents WHERE closed IS NOT NULL AND closed<?", (oldest,))
            connection.execute("DELETE FROM outbox WHERE sent IS NOT NULL AND sent<?", (now - _DAY,))
            connection.execute("DELETE FROM marks WHERE time<?", (oldest,))
            connection.execute("DELETE FROM silences WHERE until<?", (time.time() - _DAY,))

        self._try(write, None)

    def tallies(self, now: float, windows: Iterable[float]) -> dict[str, dict[float, Tally]]:
        """For every service the looks of the last so many seconds, for each of the windows."""

        def read(connection: sqlite3.Connection) -> dict[str, dict[float, Tally]]:
            found: dict[str, dict[float, Tally]] = {}
            for window in windows:
                span = _MINUTE if window <= _KEEP[_MINUTE] else _HOUR
                for service, looks, bad, callees in connection.execute(_TALLY, (span, now - window)):
                    found.setdefault(service, {})[window] = Tally(looks, bad, callees)
            return found

        return self._try(read, {})

    def history(self, service: str, span: int, since: float) -> list[dict[str, Any]]:
        """The sums of a service's checks together, stretch by stretch."""
        query = """SELECT start, sum(looks), sum(bad), sum(callees), sum(seconds), max(slowest) FROM sums
            WHERE span=? AND service=? AND start>=? GROUP BY start ORDER BY start"""
        names = ("start", "looks", "bad", "callees", "seconds", "slowest")
        return self._try(
            lambda c: [dict(zip(names, row, strict=True)) for row in c.execute(query, (span, service, since))], []
        )

    def marks(self, service: str, since: float) -> list[Mark]:
        """What happened to a service since then."""
        query = "SELECT time, service, kind, text FROM marks WHERE service=? AND time>=? ORDER BY time"
        return self._try(lambda c: [Mark(*row) for row in c.execute(query, (service, since))], [])

    def incidents(self, limit: int = 100) -> list[Incident]:
        """The newest incidents, open and closed."""
        query = "SELECT body FROM incidents ORDER BY closed IS NULL DESC, opened DESC LIMIT ?"
        return self._try(lambda c: [_decoded(body, Incident) for (body,) in c.execute(query, (limit,))], [])

    def read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What the work reads; `otherwise` where the file cannot be read."""
        return self._try(work, otherwise)

    def unsent(self) -> list[Letter]:
        """What was written to be told and was not told yet."""
        return self._try(lambda c: _load(c).letters, [])

    def silence(self, silence: Silence) -> bool:
        """From now on, also for a monitor that runs."""
        row = (silence.service, silence.until, silence.who, silence.why)
        return self._try(
            lambda c: bool(c.execute("INSERT OR REPLACE INTO silences VALUES (?,?,?,?)", row)), False, True
        )

    def end_silence(self, service: str) -> bool:
        """Whether there was one."""
        return self._try(
            lambda c: c.execute("DELETE FROM silences WHERE service=?", (service,)).rowcount > 0, False, True
        )

    def silences(self) -> list[Silence]:
        """Those that are not over."""
        query = "SELECT service, until, who, why FROM silences WHERE until>? ORDER BY service"
        return self._try(lambda c: [Silence(*row) for row in c.execute(query, (time.time(),))], [])

    def acknowledge(self, incident: str, who: str) -> bool:
        """Somebody takes an incident on; a monitor that runs sees it. False when there is none that is open."""

        def write(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT body FROM incidents WHERE id=? AND closed IS NULL", (incident,)).fetchone()
            if row is None:
                return False
            body = msgspec.json.decode(row[0]) | {"acknowledged": who}
            connection.execute("UPDATE incidents SET body=? WHERE id=?", (msgspec.json.encode(body), incident))
            return True

        return self._try(write, False, durable=True)

    def acknowledged(self) -> dict[str, str]:
        """Who took which open incident on."""
        query = "SELECT id, body FROM incidents WHERE closed IS NULL"
        found: list[tuple[str, str]] = self._try(
            lambda c: [(key, _decoded(body, Incident).acknowledged) for key, body in c.execute(query)], []
        )
        return {key: who for key, who in found if who}

    def _try(self, work: Callable[[sqlite3.Connection], T], otherwise: T, durable: bool = False) -> T:
        if self.path is None:
            return otherwise
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                if connection.execute("PRAGMA user_version").fetchone()[0] < 1:
                    connection.executescript(_LAYOUT)
                connection.execute("BEGIN IMMEDIATE" if durable else "BEGIN")
                result = work(connection)
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError, msgspec.MsgspecError) as error:
            self.fault = f"{self.path.name} cannot be used: {error}; watching and telling go on from memory"
            return otherwise
        self.fault = ""
        return result

    def _put_aside(self) -> None:
        if self.path is not None and self.path.exists():
            aside = self.path.with_name(f"{self.path.name}.damaged-{int(time.time())}")
            self.path.rename(aside)
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


_ADD: Final = """INSERT INTO sums VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (span, service, name, start) DO UPDATE SET
    looks=looks+excluded.looks, bad=bad+excluded.bad, callees=callees+excluded.callees,
    seconds=seconds+excluded.seconds, slowest=max(slowest, excluded.slowest)"""
_TALLY: Final = """SELECT service, sum(looks), sum(bad), sum(callees) FROM sums
    WHERE span=? AND start>=? GROUP BY service"""
_UNSENT: Final = """SELECT id, route, incident, sequence, body, due, tries FROM outbox
    WHERE sent IS NULL ORDER BY incident, sequence"""
_SUM_UP: Final = """INSERT OR REPLACE INTO sums SELECT ?, (start / ?) * ?, service, name, sum(looks), sum(bad),
    sum(callees), sum(seconds), max(slowest) FROM sums WHERE span=? AND start>=? GROUP BY 2, 3, 4"""


def _load(connection: sqlite3.Connection) -> Saved:
    saved = Saved()
    for (body,) in connection.execute("SELECT body FROM standings"):
        standing = _decoded(body, Standing)
        saved.standings[(standing.service, standing.check)] = standing
    for key, body in connection.execute("SELECT key, body FROM incidents WHERE closed IS NULL"):
        saved.incidents[key] = _decoded(body, Incident)
    saved.letters = [Letter(*row) for row in connection.execute(_UNSENT)]
    saved.facts = {name: msgspec.json.decode(body) for name, body in connection.execute("SELECT name, body FROM facts")}
    return saved


def _encoded(value: Any) -> bytes:
    body = {name: None if each == float("-inf") else each for name, each in asdict(value).items()}
    return msgspec.json.encode(body)


def _decoded(body: bytes, kind: type[T]) -> T:
    plain = {
        name: value for name, value in msgspec.json.decode(body).items() if value is not None or name != "last_good"
    }
    return msgspec.convert(plain, kind)
