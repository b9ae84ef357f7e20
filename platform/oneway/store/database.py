"""One SQLite file: transactions on it, its way from layout to layout, and copies of it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..errors import OnewayError
from .database_layout import MIGRATIONS, VERSION

_WAIT_SECONDS: Final = 20.0
_COPIES: Final = 8
_FILES: Final = ("", "-wal", "-shm")


class Unusable(OnewayError):
    """The file cannot be used as it is. It is `lost` when no waiting, room or permission makes it usable again."""

    def __init__(self, message: str, hint: str, lost: bool = False) -> None:
        super().__init__(message, hint)
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file in WAL mode. Every transaction opens its own connection: threads and processes may share it."""

    path: Path

    @property
    def backups(self) -> Path:
        """The folder of its copies."""
        return self.path.parent / "backups"

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees no other writer, durable when it ends. Unusable when the disk refuses."""
        with self._connection() as connection:
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """What is there at one moment. Nothing is written, but for what makes an earlier layout this one."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep SQLite's shared memory in place, so that reading needs no room even when the disk fills meanwhile."""
        with self._connection() as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield

    def examine(self) -> None:
        """Raises Unusable unless the whole file can be read, in this layout or an earlier one."""
        with self._connection() as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise _lost(self.path, str(said).splitlines()[-1])

    def copies(self) -> list[Path]:
        """The copies of the file, newest first."""
        return sorted(self.backups.glob("*.db"), reverse=True)

    def back_up(self, kind: str) -> Path:
        """A copy of the file as it is now, named by the time and its kind; of each kind the newest ones are kept."""
        copy = self.backups / f"{_stamp()}-{kind}.db"
        coming = copy.with_suffix(".new")
        try:
            self.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (
                closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS)) as source,
                closing(sqlite3.connect(coming)) as target,
            ):
                source.backup(target)
            os.replace(coming, copy)
        except (OSError, sqlite3.Error) as error:
            coming.unlink(missing_ok=True)
            raise _unusable(self.path, error) from None
        for old in sorted(self.backups.glob(f"*-{kind}.db"), reverse=True)[_COPIES:]:
            old.unlink(missing_ok=True)
        return copy

    def restore(self, copy: Path) -> None:
        """The copy takes the file's place; what was there is set aside under another name."""
        self.set_aside()
        coming = self.path.with_suffix(".coming")
        try:
            coming.write_bytes(copy.read_bytes())
            os.replace(coming, self.path)
        except OSError as error:
            raise _unusable(self.path, error) from None

    def set_aside(self) -> None:
        """Nothing is at the file's place any more; what was there is kept under another name."""
        stamp = _stamp()
        for end in _FILES:
            with suppress(FileNotFoundError):
                os.replace(f"{self.path}{end}", f"{self.path}.broken-{stamp}{end}")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(self.path, error) from None
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            self._migrate(connection)
            yield connection
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from None
        finally:
            connection.close()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = _version(connection)
        if version == VERSION:
            return
        if version > VERSION:
            raise Unusable(
                f"{self.path} has layout {version}, and this `platform` knows {VERSION} at most",
                "a later version of `platform` wrote it: use that one",
            )
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self.back_up(f"layout-{VERSION}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        for step in MIGRATIONS[_version(connection) :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _unusable(path: Path, error: Exception) -> Unusable:
    said = str(error)
    if path.is_dir():
        return _lost(path, "it is a folder")
    if "locked" in said:
        hint = "another program holds it: `platform` itself waits for its turn, so end what else has opened it"
        return Unusable(f"{path} is locked", hint)
    if isinstance(error, sqlite3.DatabaseError) and ("not a database" in said or "malformed" in said):
        return _lost(path, said)
    return Unusable(f"{path} cannot be used: {said}", "is the disk full, or the folder not yours?")


def _lost(path: Path, why: str) -> Unusable:
    return Unusable(f"{path} is broken: {why}", "`platform repair` puts it right", lost=True)
