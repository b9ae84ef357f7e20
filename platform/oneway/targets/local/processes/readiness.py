"""Whether a replica can answer: asked of the replica itself."""

import os
import socket
import sys
from pathlib import Path
from typing import Final

from ....model import Service
from ..state.ledger import Replica
from . import launch
from .ask import HOST, NothingListens, why_not_good
from .supervisor import Process

_READY_SECONDS: Final = 2.0
_CONNECTIONS: Final = 600


def why_unready(spec: Service, replica: Replica, process: Process) -> str:
    """Why the replica cannot answer yet; empty when it can."""
    endpoint = spec.endpoint(spec.health.endpoint)
    if endpoint is None:
        return "" if process.state == "RUNNING" else "starting"
    path = spec.health.ready or spec.health.startup.path
    port = replica.ports[endpoint.name]
    try:
        if path is not None and endpoint.protocol == "http":
            return why_not_good(port, path, _READY_SECONDS)
        socket.create_connection((HOST, port), _READY_SECONDS).close()
    except (NothingListens, OSError):
        return "nothing listens on its port yet"
    return ""


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
