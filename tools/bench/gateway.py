"""What the gateway adds to calling caption directly, and what it does when it is asked for twice what caption can do.

Beside it a bare pass-through on the same server and client: a FastAPI route that hands the picture on. All of them run
from the beginning to the end and are asked in turn, so that a noisy machine is noisy for all; trust the ratios.

    python -m tools.bench.gateway --rounds 9 --seconds 5
"""

import argparse
import asyncio
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.bench.caption_http import overload
from tools.bench.keepalive import requests_in
from tools.bench.service import ROOT, Server, running

PICTURE: Final = ROOT / "services/caption/testdata/scene.jpg"
PASSING: Final = """\
import os
import httpx
from fastapi import FastAPI, Request, Response
app = FastAPI()
client = httpx.AsyncClient(base_url=os.environ["CAPTION"], trust_env=False, timeout=10)
@app.post("/v1/captions")
async def passed(request: Request) -> Response:
    answer = await client.post("/v1/captions", content=await request.body(), headers={"Content-Type": "image/jpeg"})
    return Response(answer.content, answer.status_code, media_type="application/json")
@app.get("/readyz")
async def ready() -> str:
    return "ready"
"""
_ALONE: Final = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is; what `overload` wants of one."""

    port: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=2, help="(default: %(default)s)")
    options = parser.parse_args()
    picture = PICTURE.read_bytes()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        ports = _start(Path(name), stack)
        _print_latency(ports, picture, options.rounds)
        _print_throughput(ports, picture, options.rounds, options.seconds, options.connections)
        for through in ("caption", "gateway"):
            print(f"{through}: {overload(Place(ports[through]), PICTURE, options.seconds)}", flush=True)


def _start(folder: Path, stack: ExitStack) -> dict[str, int]:
    (folder / "passing.py").write_text(PASSING)

    def serve(name: str, **environ: str) -> int:
        command = (sys.executable, "-m", "servicekit", f"{name}_service.app:app")
        paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "platform/servicekit"), str(ROOT / "services" / name)])}
        return stack.enter_context(running(Server(name, command, paths | environ)))[0]

    ids = _declared(id=serve("id", ID_LEASES=str(folder / "leases.sqlite")))
    caption = serve("caption", ONEWAY_CALLS=ids)
    gateway = serve(
        "gateway",
        ONEWAY_CALLS=json.dumps(json.loads(ids) | json.loads(_declared(caption=caption))),
        PUBLIC_REQUESTS_PER_SECOND="100000",
        PUBLIC_BURST="100000",
    )
    bare = (sys.executable, "-m", "uvicorn", "passing:app", "--http", "httptools", "--no-access-log")
    environ = {"PYTHONPATH": str(folder), "CAPTION": f"http://127.0.0.1:{caption}"}
    passing = stack.enter_context(running(Server("bare pass-through", (*bare, "--log-level", "warning"), environ)))[0]
    return {"caption": caption, "gateway": gateway, "bare pass-through": passing}


def _declared(**ports: int) -> str:
    return json.dumps(
        {name: {"url": f"http://127.0.0.1:{port}", "timeout_ms": 5000} for name, port in sorted(ports.items())}
    )


def _print_latency(ports: dict[str, int], picture: bytes, rounds: int) -> None:
    """Pair by pair, one after the other, so that both meet the same machine."""
    asking = {name: _asking(port, picture) for name, port in ports.items()}
    times: dict[str, list[float]] = {name: [] for name in ports}
    for counted in range(rounds * _ALONE + 20):
        for name, ask in asking.items():
            seconds = ask()
            if counted >= 20:
                times[name].append(1000 * seconds)
    print("| asked alone | p50 ms | p90 ms | more than caption, p50 ms |\n|---|---|---|---|")
    for name, each in times.items():
        added = statistics.median(a - b for a, b in zip(each, times["caption"], strict=True))
        print(f"| {name} | {statistics.median(each):.2f} | {sorted(each)[len(each) * 9 // 10]:.2f} | {added:+.2f} |")


def _asking(port: int, picture: bytes) -> Callable[[], float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask() -> float:
        began = time.perf_counter()
        connection.request("POST", "/v1/captions", picture, {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"port {port} answered {answer.status}")
        return time.perf_counter() - began

    return ask


def _print_throughput(ports: dict[str, int], picture: bytes, rounds: int, seconds: float, connections: int) -> None:
    head = b"POST /v1/captions HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    request = head % len(picture) + picture
    rates: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(rounds):
        for name, port in ports.items():
            began = time.perf_counter()
            answered = asyncio.run(requests_in(port, request, seconds / 2, connections))
            rates[name].append(answered / (time.perf_counter() - began))
    print(f"\n| {connections} at a time | pictures/s | of the bare pass-through |\n|---|---|---|")
    for name, each in rates.items():
        ratio = statistics.median(a / b for a, b in zip(each, rates["bare pass-through"], strict=True))
        print(f"| {name} | {statistics.median(each):.1f} | {ratio:.0%} |")
    print(flush=True)


if __name__ == "__main__":
    main()
