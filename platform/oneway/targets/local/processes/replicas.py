"""The processes of releases: what each is started with, how it fares, and how it ends."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ....generate.wiring import lead_calls
from ....model import Service, quantity_value
from ...base import Condition, Evidence, Instance, Placement, Release, Used
from ..backing.backing_plan import BackingPlan, plan_backing, stop_signal
from ..builds.builds import Builds
from ..builds.machine_runtimes import Runtime, runtime_of
from ..containers import container_program
from ..containers.run_arguments import container_file, container_variables, run_arguments
from ..containers.runner import end_container, is_image, require_runner
from ..proxy.log_settings import access_log
from ..state import secrets_file
from ..state.home import Home, write_whole
from ..state.ledger import Ledger, Replica
from ..state.volumes import lead_paths, paths_of, variables_of
from ..tail import last_lines
from . import launch
from .adapt import adapt_command, adapt_variables
from .ask import HOST
from .connected import connected_secrets, connection_texts, plain_texts
from .endings import read_ending
from .memory import process_groups, processor_seconds, resident_bytes
from .port_taken import find_taken_port, read_starts
from .readiness import READY_SECONDS, count_open_files, why_unready
from .supervisor import Process, Supervisor

_KEPT_LINES: Final = 20
_DOWN: Final = frozenset({"BACKOFF", "EXITED", "FATAL", "STOPPED", "STOPPING", "UNKNOWN"})
_OPEN_FILES: Final = 4096
_ENGINE: Final = frozenset({"PATH", "HOME", "USER", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"})
_ENGINES: Final = ("DOCKER_", "CONTAINER_", "CONTAINERS_", "STORAGE_", "DBUS_")
PASSED_ON: Final = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Replicas:
    """All replicas of one checkout."""

    home: Home
    ledger: Ledger
    supervisor: Supervisor
    builds: Builds
    environment: str
    secrets_file: Path | None

    def ensure(self, placement: Placement, replicas: int) -> None:
        """Start what is missing of so many replicas, and what was given up; on other ports where others took theirs."""
        release = placement.release
        endpoints = [each.name for each in release.spec.endpoints]
        running = self.supervisor.processes()
        fixed = self._fixed_ports(release.spec)
        for slot in range(replicas):
            add = partial(self.ledger.add, release.service, release.number, slot, endpoints, _calling(placement), fixed)
            replica = add()
            process = running.get(replica.name)
            if process is not None and self._instance(release.spec, replica, process).port_taken:
                self.stop([replica])
                replica, process = add(), None
            if process is None:
                path = self._write(placement, replica)
                self.supervisor.add(replica.name, path, self.log(replica), stop_signal(release.spec))
            elif process.state in ("FATAL", "EXITED", "STOPPED", "UNKNOWN"):
                self._write(placement, replica)
                self.supervisor.restart(replica.name)

    def of(self, placement: Placement) -> list[Replica]:
        """The replicas of the placement, by slot."""
        release, calling = placement.release, _calling(placement)
        return [
            each
            for each in self.ledger.replicas(release.service)
            if each.release == release.number and each.calling == calling
        ]

    def observe(self, placement: Placement, patience: float = READY_SECONDS) -> tuple[Instance, ...]:
        """How each replica fares now; each is waited for no longer than `patience` seconds."""
        running = self.supervisor.processes()
        spec = placement.release.spec
        return tuple(self._instance(spec, each, running.get(each.name), patience) for each in self.of(placement))

    def used(self, placement: Placement) -> list[Used]:
        """What each replica has used of the processor and holds of the memory, by slot; empty unless all of them run
        and the system tells."""
        groups = process_groups()
        pids = [launch.find_living(str(self._file(each, "pid"))) for each in self.of(placement)]
        members = [groups.get(pid, [pid]) if groups and pid is not None else [] for pid in pids]
        if not all(members):
            return []
        return [Used(processor_seconds(each), resident_bytes(each)) for each in members]

    def stop(self, replicas: Sequence[Replica]) -> None:
        """End them, each with the time it needs to finish, and forget them."""
        self.supervisor.remove([each.name for each in replicas])
        for each in replicas:
            launch.end_process(str(self._file(each, "pid")))
            if self._file(each, "container").exists():
                end_container(self._container(each))
            for kind in ("json", "pid", "starts", "ended", "container"):
                self._file(each, kind).unlink(missing_ok=True)
            self.ledger.drop(each.name)

    def evidence(self, placement: Placement) -> Evidence:
        """How each ended, and its last lines, without the values of secrets, and with files as the repository names
        them."""
        hidden = self.hidden(placement.release)
        events: list[str] = []
        lines: list[str] = []
        for replica in self.of(placement):
            events += _read_endings(self.home.logs / "supervisord.log", replica.name)
            if ended := self._watch_ended(replica):
                events.append(f"{replica.name} was ended: {ended}")
            lines += [f"{replica.name}: {line}" for line in last_lines(self.log(replica), _KEPT_LINES)]
        return Evidence(
            events=tuple(events),
            logs=tuple(secrets_file.redact(self._as_in_repository(line, placement.release), hidden) for line in lines),
        )

    def redact(self, release: Release, text: str) -> str:
        """The text without the values of the release's secrets, and without what has the form of one."""
        return secrets_file.redact(text, self.hidden(release))

    def hidden(self, release: Release) -> list[str]:
        """The values that the release was given and nobody may see: its secrets, and those of its connections."""
        return secrets_file.values({**release.spec.secrets, **connected_secrets(release)}, self.secrets_file)

    def log(self, replica: Replica) -> Path:
        """Where its output goes."""
        return self.home.logs / replica.service / f"{replica.name}.log"

    def pid_file(self, replica: Replica) -> str:
        """Where its process is written down."""
        return str(self._file(replica, "pid"))

    def _instance(
        self, spec: Service, replica: Replica, process: Process | None, patience: float = READY_SECONDS
    ) -> Instance:
        restarts = self._count_restarts(replica)
        if process is None:
            return Instance(replica.name, Condition.FAILED, "supervisor does not know it", restarts)
        down = process.state in _DOWN
        reason = (
            self._describe_ending(replica, process)
            if down
            else why_unready(spec, replica, process, patience, self._file(replica, "json"))
        )
        if reason and (taken := self._taken_port(replica, down)) is not None:
            reason = f"another program took its port {taken}"
            return Instance(replica.name, Condition.FAILED, reason, restarts, process.since, port_taken=True)
        if down:
            return Instance(replica.name, Condition.FAILED, reason, restarts, process.since)
        condition = Condition.UNREADY if reason else Condition.READY
        if reason and restarts:
            reason = self._describe_ending(replica, process)
        elif ended := self._watch_ended(replica):
            reason = f"started again, for {ended}"
        return Instance(
            replica.name, condition, reason, restarts, process.since, count_open_files(self._file(replica, "pid"))
        )

    def survivors(self, release: Release) -> tuple[Instance, ...]:
        """How the release's processes fare that outlived supervisord."""
        found = []
        for each in self.of(Placement(release)):
            pid = launch.find_living(str(self._file(each, "pid")))
            alone = None if pid is None else Process(each.name, "RUNNING", pid, 0.0, 0, "")
            asked = partial(why_unready, release.spec, each, command_file=self._file(each, "json"))
            reason = "it does not run" if alone is None else asked(alone)
            condition = Condition.READY if not reason else Condition.FAILED if alone is None else Condition.UNREADY
            found.append(Instance(each.name, condition, reason))
        return tuple(found)

    def _taken_port(self, replica: Replica, down: bool) -> int | None:
        gone = down and launch.find_living(str(self._file(replica, "pid"))) is None
        lines = last_lines(self.log(replica), _KEPT_LINES)
        return find_taken_port(
            replica.ports.values(), gone, read_starts(self._file(replica, "starts")), lines, self.ledger.free
        )

    def _count_restarts(self, replica: Replica) -> int:
        return max(0, len(read_starts(self._file(replica, "starts"))) - 1)

    def _watch_ended(self, replica: Replica) -> str:
        """Why the watch ended the last process but the one that may run now; empty where it did not."""
        ending = read_ending(str(self._file(replica, "ended")))
        return ending.reason if ending.pid in read_starts(self._file(replica, "starts"))[-2:] else ""

    def _describe_ending(self, replica: Replica, process: Process) -> str:
        if reason := self._watch_ended(replica):
            return reason
        endings = _read_endings(self.home.logs / "supervisord.log", replica.name)
        spoken = [line for line in last_lines(self.log(replica), 1) if line.strip()]
        said = f"; it said: {spoken[-1][:300]}" if spoken else ""
        return (endings[-1] if endings else process.note or process.state.lower()) + said

    def _as_in_repository(self, line: str, release: Release) -> str:
        snapshot = self.builds.folder(release.service, release.content)
        return line.replace(f"{snapshot}/app/", f"{release.spec.build.path}/").replace(f"{snapshot}/include/", "")

    def _file(self, replica: Replica, kind: str) -> Path:
        return self.home.replicas / f"{replica.name}.{kind}"

    def _fixed_ports(self, spec: Service) -> dict[str, int] | None:
        """A backing service listens on its stable ports itself: nobody stands in front of it."""
        if spec.kind != "backing":
            return None
        return {each.name: self.ledger.stable_port(spec.name, each.name, each.port) for each in spec.endpoints}

    def _write(self, placement: Placement, replica: Replica) -> Path:
        path = self._file(replica, "json")
        write_whole(path, self.launch_of(placement, replica).to_json().encode())
        return path

    def launch_of(self, placement: Placement, replica: Replica) -> launch.Launch:
        """What a replica of the placement is started with."""
        release, spec = placement.release, placement.release.spec
        snapshot = self.builds.folder(spec.name, release.content)
        limit = spec.resources.limits.memory
        backing = None if spec.kind != "backing" else plan_backing(self.home, spec, replica.ports)
        in_container = backing is None and is_image(spec.build)
        paths = paths_of(self.home, spec) if backing is None and not in_container else {}
        command = adapt_command(spec, replica.ports) if backing is None else backing.command
        if in_container:
            command = self._contain(placement, replica)
        secrets = {**spec.secrets, **({} if backing is None else backing.secrets)}
        return launch.Launch(
            command=[lead_paths(word, paths) for word in command],
            environment=_of_engines() if in_container else self._environment(placement, replica, snapshot, backing),
            folder=str(snapshot / "app") if backing is None else str(self.home.root),
            pid_file=str(self._file(replica, "pid")),
            starts_file=str(self._file(replica, "starts")),
            open_files=_OPEN_FILES,
            memory=None if limit is None or in_container else int(quantity_value(limit)),
            secrets={name: {"name": ref.name, "key": ref.key} for name, ref in sorted(secrets.items())},
            secrets_file=None if self.secrets_file is None else str(self.secrets_file),
            generated_file=None if self.secrets_file is None else str(secrets_file.generated_file(self.secrets_file)),
            texts=connection_texts(release),
            live=None if placement.calling else _life(spec, replica.ports),
            lock=str(self.home.locks / (spec.name if placement.calling is None else placement.calling.service)),
            ended_file=str(self._file(replica, "ended")),
            is_engine=in_container,
            access_log=str(access_log(spec.name, self.home.logs)),
        )

    def _contain(self, placement: Placement, replica: Replica) -> list[str]:
        """The command that runs the replica's container, from a file beside it."""
        release, runner, name = placement.release, require_runner(), self._container(replica)
        spec, image = release.spec, release.material["image"]
        config = self.builds.folder(spec.name, release.content) / "config"
        variables = container_variables(spec, json.loads(release.material["wiring"]))
        variables["ONEWAY_INSTANCE"] = str(replica.instance)
        if placement.calling is not None:
            variables = lead_calls(variables, self._new_addresses(spec, placement.calling))
        arguments = run_arguments(runner, name, spec, replica.ports, config)
        volumes = paths_of(self.home, spec)
        arguments += [f"--volume={folder}:{path}" for path, folder in sorted(volumes.items())]
        variables |= {each.variable: each.path for each in spec.volumes} | plain_texts(release)
        file = self._file(replica, "container")
        write_whole(file, container_file(runner, name, image, spec, arguments, variables))
        return [sys.executable, "-S", "-m", container_program.__name__, str(file)]

    def _container(self, replica: Replica) -> str:
        """The name of its container, of which no other on this machine has the like."""
        return f"oneway-{self.home.key}-{replica.name}"

    def _environment(
        self, placement: Placement, replica: Replica, snapshot: Path, backing: BackingPlan | None
    ) -> dict[str, str]:
        release, spec = placement.release, placement.release.spec
        runtime = runtime_of(spec.build) if backing is None else Runtime()
        scratch = self.home.root / "scratch" / replica.name
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        libraries = [snapshot / "app", *(snapshot / "include" / folder for folder in spec.build.include)]
        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        variables |= {
            "PATH": f"{_programs(release) if backing is None else backing.folder}:/usr/local/bin:/usr/bin:/bin".lstrip(
                ":"
            ),
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            **runtime.variables,
        }
        if runtime.libraries:
            variables[runtime.libraries] = ":".join(map(str, libraries))
        if backing is None:
            paths = paths_of(self.home, spec)
            variables |= variables_of(self.home, spec)
            variables |= {
                name: lead_paths(value, paths) for name, value in adapt_variables(spec, replica.ports).items()
            }
        else:
            variables |= backing.variables
        variables["HOST"] = HOST
        first = spec.endpoint()
        if first is not None:
            variables["PORT"] = str(replica.ports[first.name])
        if spec.config:
            variables["ONEWAY_CONFIG"] = str(snapshot / "config")
        variables |= json.loads(release.material["wiring"]) | plain_texts(release)
        variables["ONEWAY_INSTANCE"] = str(replica.instance)
        if placement.calling is not None:
            variables = lead_calls(variables, self._new_addresses(spec, placement.calling))
        return dict(sorted(variables.items()))

    def _new_addresses(self, caller: Service, callee: Release) -> dict[str, str]:
        """The addresses of the callee's new replica, by the caller's calls to it."""
        (replica, *_) = self.of(Placement(callee))
        return {
            call.to if call.endpoint is None else f"{call.to}/{call.endpoint}": (
                f"{found.protocol}://{HOST}:{replica.ports[found.name]}"
            )
            for call in caller.calls
            if call.to == callee.service and (found := callee.spec.endpoint(call.endpoint)) is not None
        }


def _of_engines() -> dict[str, str]:
    """What docker and podman are told by the environment, and where this tool is."""
    passed = {name: value for name, value in os.environ.items() if name in _ENGINE or name.startswith(_ENGINES)}
    tool = str(Path(container_program.__file__).parents[4])
    return {"PATH": os.defpath, **passed, "PYTHONPATH": tool}


def _life(spec: Service, ports: Mapping[str, int]) -> launch.Life | None:
    """What the watch asks of each replica; None where the service declares nothing that can be asked."""
    health = spec.health
    endpoint = spec.endpoint(health.endpoint)
    if health.live is None or endpoint is None or endpoint.protocol != "http":
        return None
    each = health.liveness
    return launch.Life(ports[endpoint.name], health.live, each.every, each.within, each.failures, health.startup.within)


def _programs(release: Release) -> str:
    """The folders of programs that come first; releases of earlier versions name only their environment."""
    return release.material.get("path") or f"{release.material['environment']}/bin"


def _calling(placement: Placement) -> str | None:
    callee = placement.calling
    return None if callee is None else f"{callee.service}/{callee.number}"


def _read_endings(log: Path, name: str) -> list[str]:
    """What supervisor wrote of the program's ends: `ended with exit status 1`, `terminated by SIGKILL`."""
    marks = f" exited: {name} ("
    found = [line.partition(marks)[2] for line in last_lines(log, 200) if marks in line]
    ends = [line.partition(";")[0].rstrip(")") for line in found]
    return [f"ended with {each}" if each.startswith("exit") else each for each in ends][-5:]
