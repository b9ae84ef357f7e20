"""Tasks on this machine: a folder and a runner for each run, and the clock that starts those that are due."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ...base import Placement, Release, Run, RunState, TargetError, Task
from ...tasks import BEFORE, TRIAL
from ..processes import launch
from ..processes.program_file import find_program, why_unfit
from ..processes.replicas import Replicas
from ..processes.supervisor import Supervisor
from ..state.home import Home, write_whole
from ..state.ledger import LARGEST_INSTANCE, Replica
from ..state.volumes import lead_paths, paths_of
from . import job_clock, run_folders
from .due_times import Scheduled
from .task_runner import RunPlan

PROGRAM: Final = "oneway-clock"
_RUNS: Final = frozenset({"RUNNING", "STARTING", "BACKOFF"})
_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class LocalTasks:
    """The runs of one environment."""

    home: Home
    supervisor: Supervisor
    replicas: Replicas

    def start(self, task: Task) -> None:
        folder = self._folder(task)
        plan = RunPlan(task.within, task.retries, task.name, task.run, task.release.number, task.by, time.time())
        run_folders.start(folder, plan, self.launch_of(task.release, task.name, task.command))

    def look(self, task: Task) -> Run:
        found = run_folders.look(self._folder(task), _LINES)
        hidden = tuple(self.replicas.redact(task.release, line) for line in found.lines)
        return replace(found, lines=hidden)

    def runs(self, service: str) -> Sequence[Run]:
        return [run_folders.look(each) for each in run_folders.folders(self.home.root / "runs" / service)]

    def log(self, task: Task) -> Path:
        """What the run prints."""
        return self._folder(task) / "output.log"

    def end(self, service: str, keep: Release | None) -> None:
        """End what runs of a service and is no run of a job of the release to keep."""
        for each in run_folders.folders(self.home.root / "runs" / service):
            run = run_folders.look(each)
            mine = keep is not None and (run.release == keep.number or run.job not in (BEFORE, TRIAL))
            if not mine and run.state in (RunState.RUNNING, RunState.CUT_OFF):
                run_folders.end(each)

    def schedule(self, service: str, release: Release | None) -> None:
        """From now on the clock starts the jobs of this release, and no others of the service."""
        folder = self.home.root / "schedules"
        jobs = {} if release is None else release.spec.jobs
        wanted = {f"{service}.{name}.json" for name, job in jobs.items() if job.schedule is not None}
        for each in folder.glob(f"{service}.*.json"):
            if each.name not in wanted and each.name.count(".") == 2:
                for left in (each, each.with_suffix(".last"), each.with_suffix(".launch")):
                    left.unlink(missing_ok=True)
        if release is None:
            return
        for name, job in jobs.items():
            if job.schedule is None:
                continue
            file = folder / f"{service}.{name}.json"
            start = self.launch_of(release, name, release.spec.command_of(job))
            launch_file = file.with_suffix(".launch")
            entry = Scheduled(
                *(service, release.number, name, job.schedule, job.zone, job.concurrency),
                *(float(job.deadline), job.retries, str(launch_file), str(self.home.root / "runs" / service / name)),
            )
            write_whole(launch_file, start.to_json().encode())
            text = _json(entry)
            if not file.exists() or file.read_bytes() != text:
                write_whole(file, text)
        if wanted:
            self.require_clock()

    def require_clock(self) -> None:
        """Start the clock unless it runs, where anything is scheduled."""
        if not self.scheduled():
            return
        known = self.supervisor.processes().get(PROGRAM)
        if known is None:
            self.supervisor.add(PROGRAM, self._prepare_clock(), self.home.logs / "clock.log")
        elif known.state not in _RUNS:
            self._prepare_clock()
            self.supervisor.restart(PROGRAM)

    def keeps_time(self) -> bool:
        """Whether the clock runs, or nothing is scheduled."""
        if not self.scheduled():
            return True
        known = self.supervisor.processes().get(PROGRAM)
        return known is not None and known.state in _RUNS

    def scheduled(self) -> bool:
        """Whether anything is."""
        return any((self.home.root / "schedules").glob("*.json"))

    def end_clock(self) -> None:
        """End it where it outlived supervisord."""
        launch.end_process(str(self.home.replicas / f"{PROGRAM}.pid"))

    def launch_of(self, release: Release, name: str, command: Sequence[str]) -> launch.Launch:
        """What a command of the release is started with: what its replicas are, but for their ports."""
        spec = release.spec
        ports = {each.name: each.port for each in spec.endpoints}
        title = f"{spec.name}.{release.number}.{name}"
        alone = Replica(
            name=title, service=spec.name, release=release.number, slot=0, instance=LARGEST_INSTANCE, ports=ports
        )
        paths = paths_of(self.home, spec)
        start = self.replicas.launch_of(Placement(release), alone)
        return start._replace(command=[lead_paths(word, paths) for word in command])

    def require_programs(self, release: Release) -> None:
        """TargetError where a job's program is not there: found out now, and not at night."""
        for name, job in release.spec.jobs.items():
            command = release.spec.command_of(job)
            start = self.launch_of(release, name, command)
            program = find_program(command[0], start.environment.get("PATH", ""))
            found = program if program.startswith("/") else str(Path(start.folder) / program)
            if reason := why_unfit(found if "/" in program else program):
                raise TargetError(
                    f"{release.service} cannot run {command[0]} for its job {name}: {reason}",
                    "correct `command`, or add the program to its build",
                )

    def _folder(self, task: Task) -> Path:
        return self.home.root / "runs" / task.release.service / task.name / task.run

    def _prepare_clock(self) -> Path:
        start = launch.Launch(
            command=[sys.executable, "-m", job_clock.__name__, str(self.home.root / "schedules")],
            environment={"PYTHONPATH": str(Path(job_clock.__file__).parents[4]), "PATH": "/usr/bin:/bin"},
            folder=str(self.home.root),
            pid_file=str(self.home.replicas / f"{PROGRAM}.pid"),
            starts_file=str(self.home.replicas / f"{PROGRAM}.starts"),
            open_files=1024,
        )
        path = self.home.replicas / f"{PROGRAM}.json"
        write_whole(path, start.to_json().encode())
        return path


def _json(entry: Scheduled) -> bytes:
    return json.dumps(entry._asdict(), indent=1).encode()
