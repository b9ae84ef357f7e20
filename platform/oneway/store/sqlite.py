"""Records on one machine: SQLite for what happened, file locks for who is at work.

A lock is held by the open file itself, so the kernel frees it at the instant at which its holder dies, whatever the
clock says. The holder's name in the file is for people.
"""

import fcntl
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ..errors import OnewayError
from .records import Holder, Locked, Release, decode_release, encode_release

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS releases (
    service TEXT NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (service, number)
) WITHOUT ROWID;
"""
_WAIT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file in WAL mode. Every transaction opens its own connection: threads and processes may share it."""

    path: Path

    @contextmanager
    def transaction(self, schema: str) -> Iterator[sqlite3.Connection]:
        """A transaction that sees no other writer, durable when it ends. OnewayError when the disk refuses."""
        with self._connection() as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(schema)
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def reading(self, schema: str) -> Iterator[sqlite3.Connection]:
        """What is there at one moment. Nothing is written, but for the tables where there are none yet."""
        with self._connection() as connection:
            if not _has(connection, schema):
                connection.executescript(schema)
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def held(self, schema: str) -> Iterator[None]:
        """Keep SQLite's shared memory in place, so that reading needs no room even when the disk fills meanwhile."""
        with self._connection() as connection:
            _has(connection, schema)
            yield

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise _refused(self.path, error) from None
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            yield connection
        except sqlite3.Error as error:
            raise _refused(self.path, error) from None
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class SqliteRecords:
    """The records of one checkout. `locks` is a folder of its own."""

    database: Database
    locks: Path

    @contextmanager
    def lock(self, service: str, holder: Holder) -> Iterator[None]:
        """Hold the service; Locked names who does already."""
        self.locks.mkdir(parents=True, exist_ok=True)
        file = os.open(self.locks / service, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked(service, _written_holder(file)) from None
            _write_holder(file, holder)
            with self.database.held(_SCHEMA):
                yield
            os.ftruncate(file, 0)
        finally:
            os.close(file)

    def holder(self, service: str) -> Holder | None:
        """Who holds the lock now, if anybody."""
        try:
            file = os.open(self.locks / service, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written_holder(file)
        finally:
            os.close(file)
        return None

    def services(self) -> tuple[str, ...]:
        """Every service with a record."""
        with self.database.reading(_SCHEMA) as connection:
            return tuple(name for (name,) in connection.execute("SELECT DISTINCT service FROM releases ORDER BY 1"))

    def releases(self, service: str) -> tuple[Release, ...]:
        """Newest first."""
        with self.database.reading(_SCHEMA) as connection:
            rows = connection.execute("SELECT record FROM releases WHERE service = ? ORDER BY number DESC", (service,))
            return tuple(decode_release(record) for (record,) in rows)

    def create(self, draft: Release) -> Release:
        """The draft under the next free number, saved."""
        with self.database.transaction(_SCHEMA) as connection:
            query = "SELECT coalesce(max(number), 0) + 1 FROM releases WHERE service = ?"
            (number,) = connection.execute(query, (draft.service,)).fetchone()
            release = replace(draft, number=number)
            _put(connection, release)
        return release

    def save(self, release: Release) -> None:
        """Replace the record."""
        with self.database.transaction(_SCHEMA) as connection:
            _put(connection, release)


def _has(connection: sqlite3.Connection, schema: str) -> bool:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return there.issuperset(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", schema))


def _put(connection: sqlite3.Connection, release: Release) -> None:
    row = (release.service, release.number, encode_release(release))
    connection.execute("INSERT OR REPLACE INTO releases VALUES (?, ?, ?)", row)


def _refused(path: Path, error: Exception) -> OnewayError:
    return OnewayError(f"{path} cannot be used: {error}", "is the disk full, or the folder not yours?")


def _write_holder(file: int, holder: Holder) -> None:
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps({"who": holder.who, "since": holder.since}).encode(), 0)
    except OSError as error:
        raise OnewayError(f"the lock cannot be written: {error.strerror}", "is the disk full?") from None


def _written_holder(file: int) -> Holder:
    try:
        written = json.loads(os.pread(file, 4096, 0))
        return Holder(str(written["who"]), float(written["since"]))
    except (ValueError, KeyError, TypeError):
        return Holder("somebody", 0.0)
