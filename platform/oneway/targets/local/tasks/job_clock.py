"""Starts jobs when they are due: `python -m oneway.targets.local.tasks.job_clock SCHEDULES`.

Supervisor keeps it beside the replicas. Each run has a runner of its own, so that one goes on when the clock ends.
"""

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from ...base import RunState, TargetError
from ..processes import launch
from ..state.home import write_whole
from . import run_folders
from .due_times import Scheduled, newest_due
from .task_runner import RunPlan

_TICK: Final = 1.0
_BY: Final = "the clock"


def main(schedules: Path) -> None:
    """Look until whoever started this is gone."""
    parent = os.getppid()
    print(f"keeping time for process {parent}", flush=True)
    while os.getppid() == parent:
        for file in sorted(schedules.glob("*.json")):
            with suppress(OSError, ValueError, TypeError):
                look(file, time.time())
        time.sleep(_TICK)


def look(file: Path, now: float) -> None:
    """Start the job of that file if it is due, as its policy says. That it was due is written down first: whoever is
    killed in between leaves a run out, and never makes two of one."""
    entry = Scheduled(**json.loads(file.read_text()))
    mark = file.with_suffix(".last")
    last = float(mark.read_text()) if mark.exists() else file.stat().st_mtime
    due = newest_due(entry.schedule, entry.zone, last, now)
    if due is None:
        return
    write_whole(mark, str(due).encode())
    runs = Path(entry.runs)
    if still := [each for each in run_folders.folders(runs.parent) if each.parent == runs and is_running(each)]:
        if entry.concurrency == "forbid":
            print(f"{entry.service} {entry.job} still runs: its time is passed over", flush=True)
            return
        if entry.concurrency == "replace":
            for each in still:
                run_folders.end(each)
    name = time.strftime("%Y%m%dT%H%M%S", time.gmtime(due))
    plan = RunPlan(entry.within, entry.retries, entry.job, name, entry.release, _BY, now)
    run_folders.start(runs / name, plan, launch.read_launch(entry.launch))
    print(f"{entry.service} {entry.job} is started", flush=True)


def is_running(folder: Path) -> bool:
    try:
        return run_folders.look(folder).state is RunState.RUNNING
    except TargetError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
