"""What the monitor remembers, in a SQLite file of its own: states, incidents, what is still to be told, history.

An incident and what is to be told of it are written in one transaction: whoever dies in between has done both or
neither. Where the file cannot be written the monitor goes on from its own memory, and `fault` says so.
"""

import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from .core.budget import Tally
from .core.incidents import Incident
from .core.look import Look, Standing
from .memory_file import MemoryFile
from .memory_rows import Letter, Mark, Saved, Silence, Sum, encoded, readable

_WAIT_SECONDS: Final = 2.0
_RAW_LOOKS: Final = 200_000
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_KEEP: Final = {_MINUTE: 2 * _DAY, _HOUR: 40 * _DAY}
_UNWRITTEN: Final = 100_000
T = TypeVar("T")

__all__ = ["Letter", "Mark", "Memory", "Saved", "Silence", "Sum"]


def span_of(window: float) -> int:
    """In stretches of how many seconds the looks of so long a time are kept."""
    return _MINUTE if window <= _KEEP[_MINUTE] else _HOUR


class Memory(MemoryFile):
    """What one monitor remembers. Every method may be called from any thread, one at a time; none of them raises where
    the file is the reason."""

    _rolled_up: float | None = None

    def load(self) -> Saved:
        """What was saved last. A file that is damaged is put aside."""
        saved = self.read(_load, Saved())
        if self.is_damaged:
            self.put_aside()
            saved = self.read(_load, Saved())
        return saved

    def save_incidents(
        self,
        opened: Iterable[tuple[str, Incident]],
        closed: Iterable[tuple[str, Incident]],
        letters: Iterable[Letter],
        standings: Iterable[Standing] = (),
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> bool:
        """Incidents, what is to be told of them, and what was seen that made them, in one transaction that is durable
        when this returns: whoever begins again finds an incident beside the state that it is of."""
        rows = [(each.id, key, each.opened, each.closed, encoded(each)) for key, each in (*opened, *closed)]
        posts = [(*_post(each), None) for each in letters]

        def write(connection: sqlite3.Connection) -> bool:
            connection.executemany("INSERT OR REPLACE INTO incidents VALUES (?,?,?,?,?)", rows)
            connection.executemany("INSERT OR IGNORE INTO outbox VALUES (?,?,?,?,?,?,?,?)", posts)
            _save_states(connection, standings, facts)
            return True

        return self.write(write, False, durable=True)

    def save_letters(self, sendings: Iterable[tuple[Letter, float | None]]) -> bool:
        """How the sending of letters went, each with when it was taken, if it was."""
        rows = [(*_post(letter), sent) for letter, sent in sendings]
        query = "INSERT OR REPLACE INTO outbox VALUES (?,?,?,?,?,?,?,?)"
        return self.write(lambda c: bool(c.executemany(query, rows)), False, durable=True)

    def save_looks(
        self,
        looks: Sequence[Look],
        sums: Mapping[tuple[str, str, int], Sum],
        standings: Iterable[Standing],
        marks: Iterable[Mark],
        facts: Mapping[str, Any],
    ) -> bool:
        """A batch of looks with what they come to."""
        raw = [(e.service, e.check, e.ended, e.health.value, e.seconds, e.reason[:500]) for e in looks[-_UNWRITTEN:]]
        rows = [
            (_MINUTE, start, service, name, each.looks, each.bad, each.callees, each.seconds, each.slowest, each.told)
            for (service, name, start), each in sums.items()
        ]

        def write(connection: sqlite3.Connection) -> bool:
            connection.executemany("INSERT INTO looks VALUES (?,?,?,?,?,?)", raw)
            connection.executemany(_ADD, rows)
            connection.executemany(
                "INSERT INTO marks VALUES (?,?,?,?)", [(e.time, e.service, e.kind, e.text) for e in marks]
            )
            _save_states(connection, standings, facts)
            return True

        return self.write(write, False)

    def roll_up(self, now: float, keep_days: int) -> None:
        """Minutes into hours, hours into days, from where the last time ended, however long ago that was; what is older
        than its keeping goes."""

        def write(connection: sqlite3.Connection) -> bool:
            for span, fine in ((_HOUR, _MINUTE), (_DAY, _HOUR)):
                (last,) = (self._rolled_up,) if self._rolled_up else connection.execute(_LAST, (span,)).fetchone()
                first = int(min(now, last or 0.0) // span - 1) * span
                connection.execute(_SUM_UP, (span, span, span, fine, first))
            for span, kept in (*_KEEP.items(), (_DAY, keep_days * _DAY)):
                connection.execute("DELETE FROM sums WHERE span=? AND start<?", (span, now - kept))
            connection.execute(f"DELETE FROM looks WHERE rowid <= (SELECT max(rowid) FROM looks) - {_RAW_LOOKS}")
            oldest = now - keep_days * _DAY
            connection.execute("DELETE FROM incidents WHERE closed IS NOT NULL AND closed<?", (oldest,))
            connection.execute(_FORGET_ACKNOWLEDGEMENTS)
            connection.execute("DELETE FROM outbox WHERE sent IS NOT NULL AND sent<?", (now - _DAY,))
            connection.execute("DELETE FROM marks WHERE time<?", (oldest,))
            connection.execute("DELETE FROM silences WHERE until<?", (time.time() - _DAY,))
            return True

        if self.write(write, False):
            self._rolled_up = now

    def tallies(self, now: float, windows: Iterable[float]) -> dict[str, dict[float, Tally]]:
        """For every service the looks of the last so many seconds, for each of the windows."""

        def read(connection: sqlite3.Connection) -> dict[str, dict[float, Tally]]:
            found: dict[str, dict[float, Tally]] = {}
            for window in windows:
                span = span_of(window)
                for service, looks, bad, callees, told, spans in connection.execute(_TALLY, (span, now - window)):
                    found.setdefault(service, {})[window] = Tally(looks, bad, callees, told, float(spans * span))
            return found

        return self.read(read, {})

    def history(self, service: str, span: int, since: float) -> list[dict[str, Any]]:
        """The sums of a service's checks together, stretch by stretch."""
        query = """SELECT start, sum(looks), sum(bad), sum(callees), sum(seconds), max(slowest) FROM sums
            WHERE span=? AND service=? AND start>=? GROUP BY start ORDER BY start"""
        names = ("start", "looks", "bad", "callees", "seconds", "slowest")
        return self.read(
            lambda c: [dict(zip(names, row, strict=True)) for row in c.execute(query, (span, service, since))], []
        )

    def marks(self, service: str, since: float) -> list[Mark]:
        """What happened to a service since then."""
        query = "SELECT time, service, kind, text FROM marks WHERE service=? AND time>=? ORDER BY time"
        return self.read(lambda c: [Mark(*row) for row in c.execute(query, (service, since))], [])

    def incidents(self, limit: int = 100) -> list[Incident]:
        """The newest incidents, open and closed."""
        query = "SELECT body FROM incidents ORDER BY closed IS NULL DESC, opened DESC LIMIT ?"

        def read(connection: sqlite3.Connection) -> list[Incident]:
            taken = dict(connection.execute("SELECT incident, who FROM acknowledgements"))
            found = readable((body for (body,) in connection.execute(query, (limit,))), Incident)
            return [replace(each, acknowledged=taken.get(each.id, each.acknowledged)) for each in found]

        return self.read(read, [])

    def unsent(self) -> list[Letter]:
        """What was written to be told and was not told yet."""
        return self.read(lambda c: _load(c).letters, [])

    def silence(self, silence: Silence) -> bool:
        """From now on, also for a monitor that runs."""
        row = (silence.service, silence.until, silence.who, silence.why)
        return self.write(
            lambda c: bool(c.execute("INSERT OR REPLACE INTO silences VALUES (?,?,?,?)", row)), False, True
        )

    def end_silence(self, service: str) -> bool:
        """Whether there was one."""
        return self.write(
            lambda c: c.execute("DELETE FROM silences WHERE service=?", (service,)).rowcount > 0, False, True
        )

    def silences(self) -> list[Silence]:
        """Those that are not over."""
        query = "SELECT service, until, who, why FROM silences WHERE until>? ORDER BY service"
        return self.read(lambda c: [Silence(*row) for row in c.execute(query, (time.time(),))], [])

    def acknowledge(self, incident: str, who: str) -> bool:
        """Somebody takes an incident on; a monitor that runs sees it. False when there is none that is open.

        It has a row of its own, which no monitor writes: one that saves the incident at this moment changes nothing.
        """

        def write(connection: sqlite3.Connection) -> bool:
            query = "SELECT 1 FROM incidents WHERE id=? AND closed IS NULL"
            if connection.execute(query, (incident,)).fetchone() is None:
                return False
            connection.execute("INSERT OR REPLACE INTO acknowledgements VALUES (?,?)", (incident, who))
            return True

        return self.write(write, False, durable=True)

    def acknowledged(self) -> dict[str, str]:
        """Who took which open incident on."""
        query = "SELECT incident, who FROM acknowledgements JOIN incidents ON id=incident WHERE closed IS NULL"
        return self.read(lambda c: dict(c.execute(query)), {})


_ADD: Final = """INSERT INTO sums VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (span, service, name, start) DO UPDATE SET
    looks=looks+excluded.looks, bad=bad+excluded.bad, callees=callees+excluded.callees,
    seconds=seconds+excluded.seconds, slowest=max(slowest, excluded.slowest), told=told+excluded.told"""
_TALLY: Final = """SELECT service, sum(looks), sum(bad), sum(callees), sum(told), count(DISTINCT start) FROM sums
    WHERE span=? AND start>=? GROUP BY service"""
_UNSENT: Final = """SELECT id, route, incident, sequence, body, due, tries FROM outbox
    WHERE sent IS NULL ORDER BY incident, sequence"""
_SUM_UP: Final = """INSERT OR REPLACE INTO sums SELECT ?, (start / ?) * ?, service, name, sum(looks), sum(bad),
    sum(callees), sum(seconds), max(slowest), sum(told) FROM sums WHERE span=? AND start>=? GROUP BY 2, 3, 4"""


_LAST: Final = "SELECT max(start) FROM sums WHERE span=?"
_FORGET_ACKNOWLEDGEMENTS: Final = "DELETE FROM acknowledgements WHERE incident NOT IN (SELECT id FROM incidents)"


def _post(each: Letter) -> tuple[Any, ...]:
    return (each.id, each.route, each.incident, each.sequence, each.body, each.due, each.tries)


def _save_states(connection: sqlite3.Connection, standings: Iterable[Standing], facts: Mapping[str, Any]) -> None:
    states = [(each.service, each.check, encoded(each)) for each in standings]
    connection.executemany("INSERT OR REPLACE INTO standings VALUES (?,?,?)", states)
    known = [(name, msgspec.json.encode(value)) for name, value in facts.items()]
    connection.executemany("INSERT OR REPLACE INTO facts VALUES (?,?)", known)


def _load(connection: sqlite3.Connection) -> Saved:
    saved = Saved()
    for standing in readable((body for (body,) in connection.execute("SELECT body FROM standings")), Standing):
        saved.standings[(standing.service, standing.check)] = standing
    for key, body in connection.execute("SELECT key, body FROM incidents WHERE closed IS NULL"):
        saved.incidents.update((key, each) for each in readable([body], Incident))
    saved.letters = [Letter(*row) for row in connection.execute(_UNSENT)]
    saved.facts = {name: msgspec.json.decode(body) for name, body in connection.execute("SELECT name, body FROM facts")}
    return saved
