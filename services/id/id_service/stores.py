"""Where the ledger of leases is kept."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from id_service.generator import system_clock
from id_service.ledger import Entry, Lease, Now, StoreLost, entry_of, given_back, grant, renew

SECONDS = 10.0
_LONGEST_WAIT = 2.0
_TABLE = """\
create table if not exists leases (
    worker integer primary key, holder text not null, era text not null, until real not null, bound integer not null
)"""


class LeaseStore(Protocol):
    """Each call is one step that nobody sees half of. Raises NoLease with the reason, StoreLost where it cannot be
    asked."""

    def now(self) -> Now: ...

    def take(self, holder: str, preferred: int | None) -> Lease: ...

    def renew(self, lease: Lease) -> Lease: ...

    def give_back(self, lease: Lease, used: int) -> None: ...


class MachineStore:
    """One SQLite file on this machine, for all who may write to it; the shared clock is the time since boot."""

    def __init__(
        self,
        file: Path,
        wall: Callable[[], int] = system_clock,
        shared: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        self._file = file
        self._wall = wall
        self._shared = shared
        self._seconds = seconds
        self._era = _boot()

    def now(self) -> Now:
        return Now(self._era, self._shared(), self._wall())

    def take(self, holder: str, preferred: int | None) -> Lease:
        with self._writing() as database:
            now = self.now()
            lease = grant(_entries(database), holder, preferred, now, self._seconds)
            _write(database, lease.worker, entry_of(lease, now))
        return lease

    def renew(self, lease: Lease) -> Lease:
        with self._writing() as database:
            now = self.now()
            renewed = renew(_entries(database), lease, now, self._seconds)
            _write(database, renewed.worker, entry_of(renewed, now))
        return renewed

    def give_back(self, lease: Lease, used: int) -> None:
        with self._writing() as database:
            held = _entries(database).get(lease.worker)
            if held is not None and held.holder == lease.holder:
                _write(database, lease.worker, given_back(lease, used))

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when this is left. Opened anew each time: the file may have been replaced."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            database = sqlite3.connect(self._file, timeout=_LONGEST_WAIT, isolation_level=None)
            try:
                database.execute("pragma synchronous = full")
                database.execute("begin immediate")
                database.execute(_TABLE)
                yield database
                database.execute("commit")
            finally:
                database.close()
        except (OSError, sqlite3.Error) as error:
            raise StoreLost(f"the store of leases {self._file} cannot be used: {error}") from error


def machine_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The one of this user, for all checkouts."""
    state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "oneway" / "id-leases.sqlite"


def _entries(database: sqlite3.Connection) -> dict[int, Entry]:
    rows = database.execute("select worker, holder, era, until, bound from leases")
    return {worker: Entry(*rest) for worker, *rest in rows}


def _write(database: sqlite3.Connection, worker: int, entry: Entry) -> None:
    row = (worker, entry.holder, entry.era, entry.until, entry.bound)
    database.execute("insert or replace into leases values (?, ?, ?, ?, ?)", row)


def _boot() -> str:
    """What tells one run of the machine from the next, as its clock begins again."""
    file = Path("/proc/sys/kernel/random/boot_id")
    try:
        return file.read_text().strip()
    except OSError:
        return str(round(time.time() - time.monotonic(), -1))
