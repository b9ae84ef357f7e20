"""Leases of worker numbers for tests: clocks that are set by hand, a store without a file, and a Redis of their own."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThere
from service_process import free_port, until

from id_service.ledger import UNKNOWN, Entry, Lease, NoLease, Now, StoreLost, begun, entry_of, given_back, grant, renew
from id_service.machine_store import MachineStore
from id_service.stores import SECONDS

NOON = 28_000_000_000
HOW_TO_INSTALL = "no redis-server was found; install one (Debian and Ubuntu: apt-get install redis-server)"


@dataclass
class Clocks:
    """The shared one never jumps; the one on the wall may."""

    shared: float = 1000.0
    wall: int = NOON

    def go(self, seconds: float) -> None:
        self.shared += seconds
        self.wall += int(seconds * 1000)


@dataclass
class MemoryStore:
    """The rules without a file: what the contract holds to behave as the real one does."""

    clocks: Clocks
    entries: dict[int, Entry] = field(default_factory=dict)
    lost: bool = False
    begun: int = 1
    known: int = 1

    def begin_anew(self) -> None:
        """As when the file is deleted and somebody else comes first, or is replaced by a copy."""
        self.entries = begun(self.entries, self._now())
        self.begun += 1

    def is_replaced(self) -> bool:
        return self.known != self.begun

    def shared(self) -> float:
        return self.clocks.shared

    def wall(self) -> int:
        return self.clocks.wall

    def _now(self) -> Now:
        return Now("", self.clocks.shared, self.clocks.wall)

    def take(self, holder: str, preferred: int | None) -> Lease:
        self._reach()
        return self._enter(grant(self.entries, holder, preferred, self._now(), SECONDS))

    def renew(self, lease: Lease) -> Lease:
        self._reach()
        return self._enter(renew(self.entries, lease, self._now(), SECONDS))

    def give_back(self, lease: Lease, used: int) -> None:
        self._reach()
        if lease.worker in self.entries and self.entries[lease.worker].holder == lease.holder:
            self.entries[lease.worker] = given_back(lease, used)

    def _enter(self, lease: Lease) -> Lease:
        self.entries[lease.worker] = entry_of(lease, self._now())
        self.known = self.begun
        return lease

    def _reach(self) -> None:
        if self.lost:
            raise StoreLost("it is gone")


def machine_store(file: Path, clocks: Clocks) -> MachineStore:
    """One whose ledger was begun long enough ago."""
    store = MachineStore(file, lambda: clocks.wall, lambda: clocks.shared)
    with pytest.raises(NoLease, match="is new or a copy"):
        store.take("the first", 0)
    clocks.go(UNKNOWN + 1)
    return store


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a Redis that keeps nothing. Without redis-server its tests are left out, loudly; with
    REQUIRE_REDIS=1 that is a failure."""
    program = shutil.which("redis-server")
    if program is None and os.environ.get("REQUIRE_REDIS", "") not in ("", "0"):
        pytest.fail(HOW_TO_INSTALL)
    if program is None:
        pytest.skip(HOW_TO_INSTALL)
    with _started(program, free_port(), folder) as address:
        yield address


@contextlib.contextmanager
def _started(program: str, port: int, folder: Path) -> Iterator[str]:
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with (folder / f"redis-{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        with Redis(port=port) as client:
            until(lambda: _answers(client))
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except NotThere:
        return False
