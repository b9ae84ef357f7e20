"""Whether a replica can answer: asked of the replica itself."""

import http.client
import os
import socket
import sys
from pathlib import Path
from typing import Final

from ....model import Service
from ..state.ledger import Replica
from . import launch
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
    return _no_connection(port) if path is None or endpoint.protocol != "http" else _no_success(port, path)


def _no_connection(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), _READY_SECONDS).close()
    except OSError:
        return "nothing listens on its port yet"
    return ""


def _no_success(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_READY_SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        body = answer.read(300).decode("utf-8", "replace").strip()
    except ConnectionRefusedError:
        return "nothing listens on its port yet"
    except (OSError, http.client.HTTPException) as error:
        return f"{path} gives no answer: {error or type(error).__name__}"
    finally:
        connection.close()
    return "" if 200 <= answer.status < 300 else f"{path} answers {answer.status} {body}".rstrip()


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
