"""Runs one command to its end: `python -m oneway.targets.local.tasks.task_runner FOLDER`, whoever started it.

It stands on the standard library alone, outlives the tool that started it, keeps the time, tries again, and writes how
it ended. What it writes last is the truth: a runner that was killed leaves `running` beside a process that is gone.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..processes import launch
from ..processes.endings import write_whole

PLAN, OUTCOME, LOG, LAUNCH = "run.json", "outcome.json", "output.log", "launch.json"
_GRACE = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class RunPlan(NamedTuple):
    """`within` seconds for each try, and how many there are after the first."""

    within: float
    retries: int
    job: str
    run: str
    release: int
    by: str
    asked: float


class Stopped(Exception):
    """Somebody asked the runner to end."""


def main(folder: str) -> None:
    """Run it, and exit with 0 where it ended well."""
    place = Path(folder)
    plan = RunPlan(**json.loads((place / PLAN).read_text()))
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    started, tries, reason = time.time(), 0, ""
    try:
        while tries <= plan.retries:
            tries += 1
            _write(place, "running", started, None, "", tries)
            reason = _try_once(place, plan.within)
            if not reason:
                break
            if tries <= plan.retries:
                time.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (tries - 1)))
    except Stopped:
        reason = "it was stopped by hand"
    finally:
        launch.end_process(str(place / "pid"))
    _write(place, "failed" if reason else "passed", started, time.time(), reason, tries)
    sys.exit(1 if reason else 0)


def _try_once(place: Path, within: float) -> str:
    """Why it did not end well; empty where it did."""
    command = [sys.executable, "-S", "-P", "-m", launch.__name__, str(place / LAUNCH)]
    with (place / LOG).open("ab") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        status = child.wait(within)
    except subprocess.TimeoutExpired:
        _end(child)
        return f"it did not end within {within:g} s"
    except Stopped:
        _end(child)
        raise
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return f"it ended with status {status}" if status else ""


def _end(child: "subprocess.Popen[bytes]") -> None:
    for number, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        try:
            os.killpg(child.pid, number)
            child.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
        return


def _write(place: Path, state: str, started: float, ended: "float | None", reason: str, tries: int) -> None:
    pid = os.getpid()
    outcome: dict[str, Any] = {
        "state": state,
        "pid": pid,
        "birth": launch.start_time(pid),
        "started": started,
        "ended": ended,
        "reason": reason,
        "tries": tries,
    }
    write_whole(str(place / OUTCOME), json.dumps(outcome))


def _stop(number: int, frame: object) -> None:
    raise Stopped


if __name__ == "__main__":
    main(sys.argv[1])
