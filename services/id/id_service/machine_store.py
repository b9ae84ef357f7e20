"""The ledger of leases in a file of this machine."""

import os
import pwd
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from id_service.generator import system_clock
from id_service.ledger import Entry, Lease, Now, StoreLost, begun, entry_of, given_back, grant, renew
from id_service.stores import SECONDS

_LONGEST_WAIT = 2.0
_TABLE = """\
create table if not exists leases (
    worker integer primary key, holder text not null, era text not null, until real not null, bound integer not null
)"""


class MachineStore:
    """One SQLite file on this machine, for all who may write to it; the shared clock is the time since boot."""

    def __init__(
        self,
        file: Path,
        wall: Callable[[], int] = system_clock,
        shared: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        self.wall = wall
        self.shared = shared
        self._file = file
        self._seconds = seconds
        self._era = _boot()
        self._one_at_a_time = threading.Lock()
        self._ledger: tuple[int, os.stat_result] | None = None

    def is_replaced(self) -> bool:
        """A file that is missing gives no leases to anybody, so it is not replaced yet."""
        try:
            return self._ledger is not None and not os.path.samestat(self._ledger[1], self._file.stat())
        except OSError:
            return False

    def take(self, holder: str, preferred: int | None) -> Lease:
        with self._writing() as database:
            now = self._now()
            lease = grant(_entries(database), holder, preferred, now, self._seconds)
            _write(database, lease.worker, entry_of(lease, now))
        return lease

    def renew(self, lease: Lease) -> Lease:
        with self._writing() as database:
            now = self._now()
            renewed = renew(_entries(database), lease, now, self._seconds)
            _write(database, renewed.worker, entry_of(renewed, now))
        return renewed

    def give_back(self, lease: Lease, used: int) -> None:
        with self._writing() as database:
            held = _entries(database).get(lease.worker)
            if held is not None and held.holder == lease.holder:
                _write(database, lease.worker, given_back(lease, used))

    def _now(self) -> Now:
        return Now(self._era, self.shared(), self.wall())

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, on the disk when this is left, in the file that is at the path before and after it."""
        try:
            with self._one_at_a_time, self._opened() as inode, closing(self._connect()) as database:
                database.execute("pragma synchronous = full")
                _begin(database, inode, self._now())
                database.execute("begin immediate")
                yield database
                database.execute("commit")
        except (OSError, sqlite3.Error) as error:
            raise StoreLost(f"the store of leases {self._file} cannot be used: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=_LONGEST_WAIT, isolation_level=None)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The inode of the file at the path. What was written to stays open, so that no later file has the same one."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as failed:
            opened = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            failed.callback(os.close, opened)
            said = os.fstat(opened)
            yield said.st_ino
            if not os.path.samestat(said, self._file.stat()):
                raise StoreLost(f"the store of leases {self._file} was replaced while it was written to")
            failed.pop_all()
        before, self._ledger = self._ledger, (opened, said)
        if before is not None:
            os.close(before[0])


def machine_file() -> Path:
    """The one of this user, for all checkouts: HOME and XDG_STATE_HOME may be a replica's own."""
    return Path(pwd.getpwuid(os.getuid()).pw_dir) / ".local" / "state" / "oneway" / "id-leases.sqlite"


def _begin(database: sqlite3.Connection, inode: int, now: Now) -> None:
    """A ledger knows its file: what is new, or was copied from elsewhere, is begun."""
    database.execute("begin immediate")
    database.execute(_TABLE)
    known = inode % 2**31 or 1
    if database.execute("pragma user_version").fetchone() != (known,):
        for worker, entry in begun(_entries(database), now).items():
            _write(database, worker, entry)
        database.execute(f"pragma user_version = {known}")
    database.execute("commit")


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
