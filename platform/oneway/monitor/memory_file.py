"""A SQLite file that may be locked, full, damaged or gone at any moment, and ends nothing by that."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from .memory_rows import lay_out

_WAIT_SECONDS: Final = 2.0
T = TypeVar("T")


class MemoryFile:
    """The file at `path`; without one nothing is kept. Where it is the reason that work cannot be done, `fault` says so
    and the work comes to what stands in for its result."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._read_fault = self._write_fault = ""

    @property
    def fault(self) -> str:
        """Why the file cannot be used now; that it can be read is no sign that it can be written."""
        return self._write_fault or self._read_fault

    @property
    def is_damaged(self) -> bool:
        """Whether what is there is no such file."""
        return "malformed" in self.fault or "not a database" in self.fault

    def read(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """What the work reads; `otherwise` where the file cannot be read."""
        found, fault = self._do(work, otherwise, durable=False)
        self._read_fault = fault
        return found

    def write(self, work: Callable[[sqlite3.Connection], T], otherwise: T, durable: bool = False) -> T:
        """The work in one transaction; where it is to be `durable`, on the disk when this returns."""
        found, fault = self._do(work, otherwise, durable)
        self._write_fault = fault
        if not fault:
            self._read_fault = ""
        return found

    def put_aside(self) -> None:
        """Begin anew, and keep what is there for whoever wants to mend it."""
        if self.path is None:
            return
        with suppress(OSError):
            self.path.rename(self.path.with_name(f"{self.path.name}.damaged-{int(time.time())}"))
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def _do(self, work: Callable[[sqlite3.Connection], T], otherwise: T, durable: bool) -> tuple[T, str]:
        if self.path is None:
            return otherwise, ""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                lay_out(connection)
                connection.execute("BEGIN IMMEDIATE" if durable else "BEGIN")
                result = work(connection)
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError, msgspec.MsgspecError) as error:
            return otherwise, f"{self.path.name} cannot be used: {error}; watching and telling go on from memory"
        return result, ""
