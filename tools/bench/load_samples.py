"""The three samples in a copy of this checkout, measured with `platform load`; and the caption service's time per
request by how many ask at once, beside the shape that every such curve has: level until its workers are all busy, then
a line through nothing, for n clients of a service that carries X a second wait n/X seconds.
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from oneway.model import Check, Request
from oneway.probe import Outgoing, Sessions, http_sender, outgoing_of

ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("id", "caption", "gateway")
CLIENTS: Final = (1, 2, 3, 4, 6, 8, 12, 16)
_PORTS: Final = ("8080", "8081", "8082")
# The gateway lets one caller in twice a second; here that one stands for all of its callers.
_WIDE: Final = 'PUBLIC_REQUESTS_PER_SECOND: "10000", PUBLIC_BURST: "10000"'
_SECONDS: Final = 4.0


def measure_samples(seconds: float, out: Path | None) -> int:
    """Deploy, measure, stop; 1 where a service gave neither a number nor the machine as the reason."""
    with tempfile.TemporaryDirectory(prefix="oneway-load-") as folder:
        root = _copied(Path(folder) / "checkout")
        try:
            _platform(root, "deploy", "--all", check=True)
            found = {name: _load(root, name, seconds, out) for name in SERVICES}
            _show_clients(root, found["caption"]["per_replica"])
        finally:
            _platform(root, "stop", "--all")
    return 0 if all(each["per_replica"] or each["limit"] == "machine" for each in found.values()) else 1


def _copied(root: Path) -> Path:
    """The committed files, with ports that are free now."""
    root.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=root, input=archive, check=True)
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    for file in (root / "manifests").glob("*.yaml"):
        text = re.sub("|".join(_PORTS), lambda found: ports[found[0]], file.read_text())
        file.write_text(text.replace("env: {ARCHITECTURE_URL", f"env: {{{_WIDE}, ARCHITECTURE_URL"))
    return root


def _free_ports(count: int) -> list[str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(each.getsockname()[1]) for each in held]
    for each in held:
        each.close()
    return ports


def _platform(root: Path, *arguments: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "platform")}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=check, env=environment, timeout=1800)


def _load(root: Path, name: str, seconds: float, out: Path | None) -> dict[str, Any]:
    drawn = [] if out is None else ["-o", str(out.resolve() / f"{name}.svg")]
    told = _platform(root, "load", name, "--seconds", str(seconds), "--format", "json", *drawn)
    found: dict[str, Any] = json.loads(told.stdout)
    print(f"{name}: {found['per_replica']} requests/s, rounds {found['rounds']}, limit {found['limit']}: ", end="")
    print(f"{found['reason']}; until {found['goal']}, alone {found['alone_seconds'] * 1000:.4g} ms", flush=True)
    return found


def _show_clients(root: Path, carried: float | None) -> None:
    status = json.loads(_platform(root, "status", "--format", "json").stdout)
    address = next(each["addresses"]["http"] for each in status["services"] if each["service"] == "caption")
    picture = Request(path="/v1/captions", method="POST", file="services/caption/testdata/scene.jpg", type="image/jpeg")
    outgoing = outgoing_of(Check(name="", request=picture), lambda name: (ROOT / name).read_bytes(), {})
    times = {clients: asyncio.run(_ask_at_once(address, outgoing, clients)) for clients in CLIENTS}
    rate = carried or max(clients / seconds for clients, seconds in times.items())
    print(f"clients at once   time per request   max(alone, clients / {rate:.3g} a second)")
    for clients, seconds in times.items():
        print(f"{clients:15}   {seconds * 1000:13.1f} ms   {max(times[1], clients / rate) * 1000:13.1f} ms", flush=True)


async def _ask_at_once(address: str, outgoing: Outgoing, clients: int) -> float:
    """The median time of an answer while so many clients ask one after the other, for some seconds; what is refused
    because the queue is full is no answer."""
    way, sessions, times = http_sender(address), Sessions(), list[float]()
    until = time.monotonic() + _SECONDS

    async def client() -> None:
        while (began := time.monotonic()) < until:
            answer = await way.ask(outgoing, sessions, may_come_twice=True)
            if answer.status == 200:
                times.append(time.monotonic() - began)

    await asyncio.gather(*(client() for _ in range(clients)))
    await sessions.close()
    return median(times) if times else float("nan")
