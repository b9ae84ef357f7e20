"""Whose fault a port in use is: another program's, or the version's own."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.store import Database
from oneway.targets.base import Placement, Release
from oneway.targets.local.builds.builds import Builds
from oneway.targets.local.processes import launch
from oneway.targets.local.processes.replicas import Replicas
from oneway.targets.local.processes.supervisor import Process, Supervisor
from oneway.targets.local.state.home import Home
from oneway.targets.local.state.ledger import Ledger

SPEC = decode(
    {
        "apiVersion": "oneway/v1",
        "service": "id",
        "version": "1.0.0",
        "owner": "ann",
        "domain": "works",
        "endpoints": [{"name": "http", "port": 8000}],
    },
    Service,
)
RELEASE = Release(
    service="id",
    number=1,
    version="1.0.0",
    content="c",
    digest="d",
    spec=SPEC,
    environment="local",
    author="ann",
    started=1.0,
)
IN_USE = "[Errno 98] error while attempting to bind on address ('127.0.0.1', {}): address already in use"
NAMELESS = "OSError: [Errno 98] Address already in use"
HARD_CODED = IN_USE.format(9464)


@dataclass(frozen=True, slots=True)
class Supervised(Supervisor):
    """What supervisord would tell of the one replica."""

    state: str = "RUNNING"

    def processes(self) -> dict[str, Process]:
        return {"id.1.0": Process("id.1.0", self.state, 0, 1.0, 1, "")}


@pytest.fixture
def alive() -> Iterator[int]:
    """A process that leads a group of its own."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def dead() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    process.wait()
    return process.pid


def port_taken(root: Path, state: str, starts: list[int], said: str) -> bool:
    """The judgement on a replica of these starts, on whose port somebody listens; the last start is in its pid file."""
    home = Home(root)
    ledger = Ledger(Database(home.database), lambda port: True)
    replica = ledger.add("id", 1, 0, ["http"])
    taken = Ledger(ledger.database, lambda port: port not in replica.ports.values())
    replicas = Replicas(home, taken, Supervised(home, state), Builds(home), "local", None)
    home.replicas.mkdir()
    (home.replicas / "id.1.0.starts").write_text("".join(f"1.000 {pid}\n" for pid in starts))
    (home.replicas / "id.1.0.pid").write_text(f"{starts[-1]} {launch.start_time(starts[-1])}")
    replicas.log(replica).parent.mkdir(parents=True)
    replicas.log(replica).write_text(f"starting\n{said.format(replica.ports['http'])}\n")
    (found,) = replicas.observe(Placement(RELEASE))
    return found.port_taken


@pytest.mark.parametrize(("said", "expected"), [(IN_USE, True), (HARD_CODED, False), (NAMELESS, False)])
def test_a_replica_that_was_started_again_must_name_its_own_port(
    tmp_path: Path, alive: int, dead: int, said: str, expected: bool
) -> None:
    assert port_taken(tmp_path, "RUNNING", [dead, alive], said) is expected


@pytest.mark.parametrize("said", [IN_USE, HARD_CODED, NAMELESS, "no such table: users"])
def test_a_port_in_use_when_nothing_of_the_replica_is_left_is_another_programs(
    tmp_path: Path, dead: int, said: str
) -> None:
    assert port_taken(tmp_path, "BACKOFF", [dead], said)


@pytest.mark.parametrize(("said", "expected"), [(IN_USE, True), (HARD_CODED, False), (NAMELESS, False)])
def test_workers_that_outlive_their_master_may_be_who_listens(
    tmp_path: Path, alive: int, dead: int, said: str, expected: bool
) -> None:
    assert port_taken(tmp_path, "BACKOFF", [alive, dead], said) is expected


def test_a_first_start_is_not_judged_by_what_an_earlier_life_said(tmp_path: Path, alive: int) -> None:
    assert not port_taken(tmp_path, "RUNNING", [alive], IN_USE)
