"""Start a service as the targets do, in a process of its own on a free port of this machine."""

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = [
    REPOSITORY / "platform/servicekit",
    *(REPOSITORY / f"services/{name}" for name in ("caption", "gateway", "id")),
]
STARTUP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A service that has said that it is ready."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    app: str,
    log: Path,
    environ: Mapping[str, str] | None = None,
    *,
    path: Path | None = None,
    port: int | None = None,
    memory: int | None = None,
) -> Iterator[Running]:
    """`app` as `module:name`; `path` is a further folder to import from, `memory` the bytes of data that the process
    may hold, as the local target sets it. Ends the process on leaving."""
    port = port or free_port()
    process = start(app, port, log, environ, path, memory)
    service = Running(f"http://127.0.0.1:{port}", port, process, log)
    try:
        _wait_until_ready(service)
        yield service
    finally:
        process.terminate()
        try:
            process.wait(timeout=40)
        finally:
            process.kill()


def start(
    app: str,
    port: int,
    log: Path,
    environ: Mapping[str, str] | None = None,
    path: Path | None = None,
    memory: int | None = None,
) -> subprocess.Popen[bytes]:
    folders = [*SOURCES, *([path] if path else [])]
    leases = {"ID_LEASES": str(log.resolve().parent / "leases.sqlite")}  # not this user's own
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ONEWAY_")}
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "servicekit", app, "--host", "127.0.0.1", "--port", str(port)],
            env=inherited | {"PYTHONPATH": os.pathsep.join(map(str, folders))} | leases | dict(environ or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=None if memory is None else partial(resource.setrlimit, resource.RLIMIT_DATA, (memory, memory)),
        )


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Fails when the condition has not come true in time."""
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, "this did not come true in time"
        time.sleep(0.01)


def _wait_until_ready(service: Running) -> None:
    latest = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < latest and service.process.poll() is None:
        try:
            if httpx.get(f"{service.url}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"not ready (exit status {service.process.poll()}):\n{service.log.read_text()}")
