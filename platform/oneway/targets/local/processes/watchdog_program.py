"""The watch as a program of supervisor: what it is started from, and whether it runs."""

import sys
from pathlib import Path
from typing import Final

from ..state.home import Home, write_whole
from . import launch, watchdog
from .supervisor import Supervisor

PROGRAM: Final = "oneway-watch"
_RUNS: Final = frozenset({"RUNNING", "STARTING", "BACKOFF"})


def require_watch(home: Home, supervisor: Supervisor) -> None:
    """Start it unless it runs."""
    known = supervisor.processes().get(PROGRAM)
    if known is None:
        supervisor.add(PROGRAM, _prepare(home), home.logs / "watch.log")
    elif known.state not in _RUNS:
        _prepare(home)
        supervisor.restart(PROGRAM)


def watches(supervisor: Supervisor) -> bool:
    """Whether supervisor keeps it running."""
    known = supervisor.processes().get(PROGRAM)
    return known is not None and known.state in _RUNS


def end_watch(home: Home) -> None:
    """End the process where it outlived supervisord, which ends it otherwise."""
    launch.end_process(_pid_file(home))


def _prepare(home: Home) -> Path:
    start = launch.Launch(
        command=[sys.executable, "-S", "-m", watchdog.__name__, str(home.replicas)],
        environment={"PYTHONPATH": str(Path(watchdog.__file__).parents[4]), "PATH": "/usr/bin:/bin"},
        folder=str(home.replicas),
        pid_file=_pid_file(home),
        starts_file=str(home.replicas / f"{PROGRAM}.starts"),
        open_files=1024,
    )
    path = home.replicas / f"{PROGRAM}.json"
    write_whole(path, start.to_json().encode())
    return path


def _pid_file(home: Home) -> str:
    return str(home.replicas / f"{PROGRAM}.pid")
