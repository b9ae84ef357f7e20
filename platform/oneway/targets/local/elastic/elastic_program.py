"""Scales what is elastic in one environment: `python -m oneway.targets.local.elastic.elastic_program SETTINGS`.

Supervisor keeps it beside the replicas, as long as anything elastic runs.
"""

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ....store import Database, SqliteRecords
from ..builds.builds import Builds
from ..processes.launch import Launch
from ..processes.replicas import PASSED_ON, Replicas
from ..processes.supervisor import Supervisor
from ..proxy.caddy import Caddy
from ..proxy.front_door import FrontDoor
from ..state.home import Home, write_whole
from ..state.ledger import Ledger, is_free
from .decide import SYNC_SECONDS
from .steps import Elastic

PROGRAM: Final = "oneway-elastic"
_LOOK_SECONDS: Final = 1.0
_RUNS: Final = frozenset({"RUNNING", "STARTING", "BACKOFF"})


class Settings(Struct, frozen=True, kw_only=True):
    """What the program works on."""

    home: str
    environment: str
    secrets_file: str | None
    hosts: tuple[str, ...]


def main(file: Path) -> None:
    """Look until whoever started this is gone."""
    parent = os.getppid()
    elastic = make_elastic(msgspec.json.decode(file.read_bytes(), type=Settings))
    while os.getppid() == parent:
        try:
            elastic.look()
        except Exception:
            # What cannot be read or started now may be so at the next look; the log says what it was.
            traceback.print_exc()
        time.sleep(_LOOK_SECONDS)


def make_elastic(settings: Settings, every: float = SYNC_SECONDS) -> Elastic:
    """What looks at the elastic services of that environment."""
    home = Home(Path(settings.home))
    database = Database(home.database)
    ledger = Ledger(database, is_free)
    secrets = None if settings.secrets_file is None else Path(settings.secrets_file)
    replicas = Replicas(home, ledger, Supervisor(home), Builds(home), settings.environment, secrets)
    door = FrontDoor(home, ledger, Caddy(home, ledger, settings.hosts), replicas)
    return Elastic(home, SqliteRecords(database, home.locks), replicas, door, every)


def require_elastic(supervisor: Supervisor, settings: Settings) -> None:
    """Start it unless it runs."""
    known = supervisor.processes().get(PROGRAM)
    if known is None:
        home = Home(Path(settings.home))
        supervisor.add(PROGRAM, _prepare(home, settings), home.logs / "elastic.log")
    elif known.state not in _RUNS:
        supervisor.restart(PROGRAM)


def scales(supervisor: Supervisor) -> bool:
    """Whether supervisor keeps it running."""
    known = supervisor.processes().get(PROGRAM)
    return known is not None and known.state in _RUNS


def pid_file(home: Home) -> str:
    """Where its process is written down."""
    return str(home.replicas / f"{PROGRAM}.pid")


def _prepare(home: Home, settings: Settings) -> Path:
    given = home.root / "scale" / "settings.json"
    given.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(given, msgspec.json.encode(settings))
    start = Launch(
        command=[sys.executable, "-m", __name__, str(given)],
        environment=_environment(),
        folder=str(home.replicas),
        pid_file=pid_file(home),
        starts_file=str(home.replicas / f"{PROGRAM}.starts"),
        open_files=1024,
    )
    path = home.replicas / f"{PROGRAM}.json"
    write_whole(path, start.to_json().encode())
    return path


def _environment() -> dict[str, str]:
    """With what replicas are to have of this machine's, for it starts some."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    tool = str(Path(__file__).parents[4])
    return {**passed_on, "PYTHONPATH": tool, "PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
