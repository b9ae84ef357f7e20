"""Records on one machine: SQLite for what happened, file locks for who is at work.

A lock is held by the open file itself, so the kernel frees it at the instant at which its holder dies, whatever the
clock says. The holder's name in the file is for people.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..errors import OnewayError
from .database import Database, Unusable
from .records import Holder, Locked, Release, decode_release, encode_release


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
            with self.database.held(), self._backed_up():
                yield
            os.ftruncate(file, 0)
        finally:
            os.close(file)

    @contextmanager
    def _backed_up(self) -> Iterator[None]:
        """A copy of the records before what changes them, and one after it. That there is no room for one must keep
        nobody from stopping a service or going back."""
        with suppress(OnewayError):
            self.database.back_up("records")
        try:
            yield
        finally:
            with suppress(OnewayError):
                self.database.back_up("records")

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
        with self.database.reading() as connection:
            return tuple(name for (name,) in connection.execute("SELECT DISTINCT service FROM releases ORDER BY 1"))

    def releases(self, service: str) -> tuple[Release, ...]:
        """Newest first."""
        with self.database.reading() as connection:
            query = "SELECT number, record FROM releases WHERE service = ? ORDER BY number DESC"
            rows = connection.execute(query, (service,))
            return tuple(_read(service, number, record) for number, record in rows)

    def create(self, draft: Release) -> Release:
        """The draft under the next free number, saved."""
        with self.database.transaction() as connection:
            query = "SELECT coalesce(max(number), 0) + 1 FROM releases WHERE service = ?"
            (number,) = connection.execute(query, (draft.service,)).fetchone()
            release = replace(draft, number=number)
            _put(connection, release)
        return release

    def save(self, release: Release) -> None:
        """Replace the record."""
        with self.database.transaction() as connection:
            _put(connection, release)


def _read(service: str, number: int, record: bytes) -> Release:
    try:
        return decode_release(record)
    except (ValueError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise Unusable(
            f"the record of {service}'s release {number} cannot be read: {error}",
            "`platform repair` puts it right",
            lost=True,
        ) from None


def _put(connection: sqlite3.Connection, release: Release) -> None:
    row = (release.service, release.number, encode_release(release))
    connection.execute("INSERT OR REPLACE INTO releases VALUES (?, ?, ?)", row)


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
