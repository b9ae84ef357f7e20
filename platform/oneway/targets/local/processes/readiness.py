"""Whether a replica can answer: asked of the replica itself."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from ....model import Service
from ..backing.backing_plan import readiness_command
from ..state.ledger import Replica
from . import launch
from .adapt import unadapted
from .ask import HOST, NothingListens, why_not_good
from .listening import where_they_listen
from .memory import process_groups
from .program_file import find_program, why_unfit
from .supervisor import Process

READY_SECONDS: Final = 2.0
_CONNECTIONS: Final = 600
_COMMAND_SECONDS: Final = 5.0


def why_unready(
    spec: Service,
    replica: Replica,
    process: Process,
    patience: float = READY_SECONDS,
    command_file: Path | None = None,
) -> str:
    """Why the replica cannot answer yet, within so many seconds; empty when it can. A command that asks it is run with
    what `command_file` says that the replica was started with."""
    command = readiness_command(spec, replica.ports)
    if command and command_file is not None:
        return _why_command_fails(command, command_file, patience) if process.state == "RUNNING" else "starting"
    endpoint = spec.endpoint(spec.health.endpoint)
    if endpoint is None:
        return "" if process.state == "RUNNING" else "starting"
    path = spec.health.ready or spec.health.startup.path
    port = replica.ports[endpoint.name]
    try:
        if path is not None and endpoint.protocol == "http":
            return why_not_good(port, path, patience)
        socket.create_connection((HOST, port), patience).close()
    except (NothingListens, OSError):
        return _why_nothing_listens(spec, replica, process, port)
    return ""


def _why_command_fails(command: list[str], file: Path, patience: float) -> str:
    try:
        start = launch.read_launch(str(file))
        environment = start.environment | launch.find_secrets(start)
    except (OSError, ValueError, TypeError, launch.CannotRead) as error:
        return f"what it was started with cannot be read: {error}"
    program = find_program(command[0], environment.get("PATH", ""))
    if reason := why_unfit(program):
        return f"cannot run {command[0]}: {reason}"
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=start.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=max(patience, _COMMAND_SECONDS),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} does not end within {max(patience, _COMMAND_SECONDS):g} s"
    except OSError as error:
        return f"cannot run {command[0]}: {error.strerror}"
    return "" if done.returncode == 0 else f"{command[0]} ends with status {done.returncode}"


def _why_nothing_listens(spec: Service, replica: Replica, process: Process, port: int) -> str:
    """With where it listens instead, and what its manifest says in a way that could not be led to this port."""
    elsewhere = where_they_listen(process_groups().get(process.pid, ())) if process.pid else []
    if not elsewhere:
        return "nothing listens on its port yet"
    said = f"nothing listens on its port yet: it listens on {', '.join(elsewhere)} instead of {HOST}:{port}"
    declared = {str(each.port) for each in spec.endpoints}
    words = unadapted(spec, replica.ports)
    if words and declared.intersection(each.rpartition(":")[2] for each in elsewhere):
        said += f"; the port in {words[0]!r} could not be replaced: start it on $PORT"
    elif any(each.endswith(f":{port}") for each in elsewhere):
        said += "; start it on $HOST, or on 0.0.0.0"
    else:
        said += "; start it on $PORT, or name the declared port in `start`"
    return said


def count_open_files(pid_file: Path) -> int | None:
    """How many file descriptors the process of the file has open, where the system tells.

    Connections come and go with the load: as many as a busy proxy keeps are left out of the count.
    """
    pid = launch.find_living(str(pid_file))
    if pid is None or sys.platform != "linux":
        return None
    try:
        folder = f"/proc/{pid}/fd"
        kinds = [os.readlink(f"{folder}/{each}").partition(":")[0] for each in os.listdir(folder)]
    except OSError:
        return None
    sockets = kinds.count("socket")
    return len(kinds) - min(sockets, _CONNECTIONS)
