"""The folders of runs: one for each, with what it runs, what it printed and how it ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ...base import Run, RunState, TargetError
from ..builds.builds import remove
from ..processes import launch
from ..state.home import write_whole
from ..tail import last_lines
from . import task_runner

_KEPT: Final = 20
_BEGIN_SECONDS: Final = 20.0
_LINES: Final = 20


def start(folder: Path, plan: task_runner.RunPlan, start: launch.Launch) -> None:
    """Start the run in that folder, unless it was started before. Its runner is nobody's child: it goes on alone."""
    if (folder / task_runner.PLAN).exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    alone = start._replace(
        pid_file=str(folder / "pid"), starts_file=str(folder / "starts"), live=None, lock=None, ended_file=None
    )
    write_whole(folder / task_runner.LAUNCH, alone.to_json().encode())
    write_whole(folder / task_runner.PLAN, json.dumps(plan._asdict()).encode())
    subprocess.Popen(
        [sys.executable, "-S", "-P", "-m", task_runner.__name__, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        close_fds=True,
        cwd="/",
        env={"PYTHONPATH": str(Path(task_runner.__file__).parents[4]), "PATH": os.environ.get("PATH", "/usr/bin:/bin")},
    )
    _prune(folder.parent)


def look(folder: Path, lines: int = 0) -> Run:
    """How the run of that folder stands. TargetError where there is none."""
    try:
        plan = task_runner.RunPlan(**json.loads((folder / task_runner.PLAN).read_text()))
    except (OSError, ValueError, TypeError):
        raise TargetError(f"{folder.parent.name} was never started as {folder.name}", "start it again") from None
    outcome = _outcome(folder)
    state = _state(folder, plan, outcome)
    said = last_lines(folder / task_runner.LOG, lines) if lines else []
    ended, reason = outcome.get("ended"), str(outcome.get("reason", ""))
    if state is RunState.CUT_OFF:
        reason = "it was cut off: nobody saw its end"
    started = float(outcome.get("started", plan.asked))
    tries = int(outcome.get("tries", 1))
    return Run(plan.job, plan.run, plan.release, state, started, ended, reason, plan.by, tries, tuple(said))


def end(folder: Path) -> None:
    """End the run, if it still goes on, and what is left of one that was cut off."""
    outcome = _outcome(folder)
    pid, birth = int(outcome.get("pid", 0)), str(outcome.get("birth", ""))

    def living() -> set[int]:
        return {pid} if birth and launch.start_time(pid) == birth else set()

    launch.end_all(living)
    launch.end_process(str(folder / "pid"))


def folders(root: Path) -> Iterator[Path]:
    """The folders of runs below, newest first."""
    found = [each for each in root.glob("*/*") if (each / task_runner.PLAN).exists()]
    yield from sorted(found, key=lambda each: (each / task_runner.PLAN).stat().st_mtime, reverse=True)


def _state(folder: Path, plan: task_runner.RunPlan, outcome: Mapping[str, Any]) -> RunState:
    if not outcome:
        # Its runner needs a moment to come up; one that never did was lost with the machine.
        return RunState.RUNNING if time.time() - plan.asked < _BEGIN_SECONDS else RunState.CUT_OFF
    if outcome["state"] != RunState.RUNNING:
        return RunState(outcome["state"])
    if launch.start_time(int(outcome["pid"])) == outcome["birth"]:
        return RunState.RUNNING
    # It may have written its end between the two looks.
    again = _outcome(folder)
    return RunState.CUT_OFF if again.get("state") == RunState.RUNNING else RunState(again["state"])


def _outcome(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads((folder / task_runner.OUTCOME).read_text())
        return found
    return {}


def _prune(job: Path) -> None:
    ended = [each for each in folders(job.parent) if each.parent == job and look(each).state is not RunState.RUNNING]
    for each in ended[_KEPT:]:
        remove(each)
