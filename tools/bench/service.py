"""The id service beside a bare FastAPI route on the same server: requests a second, processor time, start and memory.

The load alternates between the servers, which all run from the beginning to the end, so that a noisy machine is noisy
for all; of each figure the median over the rounds is shown, and beside it the ratio to the bare route.

python -m tools.bench.service --rounds 7
python -m tools.bench.service --before ../oneway-before     # another checkout of this repository as a third server
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.bench.keepalive import requests_in, wait_until_answered

ROOT: Final = Path(__file__).resolve().parents[2]
REQUEST: Final = b"POST /v1/ids HTTP/1.1\r\nHost: id\r\nContent-Length: 0\r\n\r\n"
BARE: Final = """\
import itertools
from fastapi import FastAPI
app = FastAPI()
numbers = itertools.count(118377916890361856)
@app.post("/v1/ids")
async def ids(count: int = 1) -> dict[str, list[str]]:
    return {"ids": [str(next(numbers)) for _ in range(count)]}
@app.get("/readyz")
async def ready() -> str:
    return "ready"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A command that serves on the port that is added to it."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]


@dataclass(slots=True)
class Figures:
    """What was measured of one server, round by round."""

    per_second: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    megabytes: float = 0.0


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load for each server in each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--before", type=Path, help="another checkout, measured with this environment's packages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _print(compare(Path(folder), options.rounds, options.seconds, options.connections, options.before))


def compare(
    folder: Path, rounds: int, seconds: float, connections: int, before: Path | None = None
) -> dict[str, Figures]:
    """Server → its figures, of the id service, a bare route and, where it is given, another checkout's id service."""
    (folder / "bare.py").write_text(BARE)
    servers = _servers(folder, before)
    figures = {server.name: Figures() for server in servers}
    _measure_starts(servers, figures, rounds)
    _measure_load(servers, figures, rounds, seconds, connections)
    return figures


def _servers(folder: Path, before: Path | None) -> list[Server]:
    python = sys.executable
    bare = (python, "-m", "uvicorn", "bare:app", "--http", "httptools", "--no-access-log", "--log-level", "warning")
    served = (python, "-m", "servicekit", "id_service.app:app")
    servers = [Server("bare route", bare, {"PYTHONPATH": str(folder)}), Server("id", served, _paths(ROOT))]
    return [*servers, Server("id before", served, _paths(before.resolve()))] if before else servers


def _paths(checkout: Path) -> dict[str, str]:
    folders = (checkout / "platform/servicekit", checkout / "services/id")
    return {"PYTHONPATH": os.pathsep.join(map(str, folders)), "ONEWAY_INSTANCE": "7"}


def _measure_starts(servers: list[Server], figures: dict[str, Figures], rounds: int) -> None:
    for counted in range(rounds + 1):
        for server in servers:
            began = time.perf_counter()
            with running(server) as (_, process):
                if counted:
                    figures[server.name].start.append(time.perf_counter() - began)
                figures[server.name].megabytes = _megabytes(process)


def _measure_load(
    servers: list[Server], figures: dict[str, Figures], rounds: int, seconds: float, connections: int
) -> None:
    with ExitStack() as stack:
        served = {server.name: stack.enter_context(running(server)) for server in servers}
        for counted in range(rounds + 1):
            for name, (port, process) in served.items():
                spent, began = _processor_seconds(process), time.perf_counter()
                answered = asyncio.run(requests_in(port, REQUEST, seconds, connections))
                took = time.perf_counter() - began
                if counted:
                    figures[name].per_second.append(answered / took)
                    figures[name].processor.append(1e6 * (_processor_seconds(process) - spent) / answered)


@contextmanager
def running(server: Server) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """From its start until it is ready, and then as long as wanted."""
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*server.command, "--port", str(port)], env={**environ, **server.environ}, stdout=log
        )
        try:
            wait_until_answered(port, "/readyz")
            yield port, process
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _processor_seconds(process: "subprocess.Popen[bytes]") -> float:
    words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(process: "subprocess.Popen[bytes]") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _print(figures: dict[str, Figures]) -> None:
    bare = figures["bare route"]
    print("| server | requests/s | of the bare route | processor µs a request | start to ready s | MB |")
    print("|---|---|---|---|---|---|")
    for name, each in figures.items():
        ratio = statistics.median(a / b for a, b in zip(each.per_second, bare.per_second, strict=True))
        processor, start = statistics.median(each.processor), statistics.median(each.start)
        rate = statistics.median(each.per_second)
        print(f"| {name} | {rate:,.0f} | {ratio:.0%} | {processor:.0f} | {start:.2f} | {each.megabytes:.0f} |")


if __name__ == "__main__":
    main()
