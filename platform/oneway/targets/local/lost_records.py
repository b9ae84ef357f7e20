"""Records that are gone or broken: noticed before anything is said or done, put back where that is safe."""

import fcntl
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...store import Database, Unusable
from ..base import TargetError
from .orphans import find_running, named
from .state.home import Home

REPAIR: Final = "`platform repair` puts right what can be, ends what nobody knows any more, and says what it did"


@dataclass(frozen=True, slots=True)
class LostRecords:
    """The records of one environment, and what is known of it without them."""

    home: Home
    database: Database

    def restore_if_safe(self) -> str:
        """What was done, in words, where the records were lost and a copy of them fits what runs; nothing where they
        are there. TargetError where no copy fits, which names what runs without a record."""
        why = self.reason()
        if not why:
            return ""
        running = find_running(self.home)
        copy = self.newest_copy()
        if copy is not None and running.keys() <= _replicas_in(copy):
            return self.restore(copy, why)
        if running:
            raise TargetError(f"{why}, and {named(running)} without a record", REPAIR)
        raise TargetError(why, REPAIR)

    def reason(self) -> str:
        """Why the records cannot be relied on; empty where they can. Raises Unusable where they are not lost, but
        somebody has to wait, to make room, or to take a later version."""
        if self.database.path.exists():
            try:
                self.database.examine()
            except Unusable as error:
                if not error.lost:
                    raise
                return error.message
            if _releases_in(self.database.path):
                return ""
            said = f"{self.database.path} knows no release"
        else:
            said = f"{self.database.path} is gone"
        # What runs from the working tree has no release, and is in the ledger as long as it runs.
        unknown = find_running(self.home).keys() - _replicas_in(self.database.path)
        return said if self.newest_copy() is not None or unknown else ""

    def newest_copy(self) -> Path | None:
        """The newest copy that is whole and has releases."""
        return next((each for each in self.database.copies() if _releases_in(each)), None)

    def restore(self, copy: Path, why: str) -> str:
        """Put the copy in the records' place; what was done, in words."""
        with (self.home.root / "restoring").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.reason():
                self.database.restore(copy)
                # What Caddy serves may be of later records: what these say is loaded as soon as anybody looks.
                (self.home.caddy / "generation").unlink(missing_ok=True)
        return f"{why}: the records are those of {copy.name} again"


def _releases_in(path: Path) -> int:
    return len(_column(path, "SELECT number FROM releases"))


def _replicas_in(path: Path) -> set[str]:
    return {str(name) for name in _column(path, "SELECT name FROM replicas")}


def _column(path: Path, query: str) -> list[object]:
    """The answers; none where the file is no database, or one of before there was such a table."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=20.0)) as opened:
            return [value for (value,) in opened.execute(query)]
    except sqlite3.Error:
        return []
