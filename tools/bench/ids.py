"""How fast ids are issued: in process in batches and one by one under a lease, over HTTP in batches, and from blocks.

python -m tools.bench.ids --seconds 2
python -m tools.bench.service          # single ids over HTTP, beside a bare FastAPI route
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tools.bench.keepalive import requests_in
from tools.bench.service import ROOT, Server, running

sys.path[:0] = [str(ROOT / "services/id"), str(ROOT / "platform/servicekit")]

from id_service.generator import ClockBehind  # noqa: E402
from id_service.issuer import LeasedIssuer  # noqa: E402
from id_service.machine_store import MachineStore  # noqa: E402
from servicekit import Calls, DeclaredCall, IdBlocks, Settings  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    options = parser.parse_args()
    print("| what | ids/s, median | best | processor µs an id |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_in_process(Path(folder), options.seconds, options.rounds))
        environ = {"ID_LEASES": str(Path(folder) / "leases.sqlite")}
        paths = {"PYTHONPATH": os.pathsep.join([str(ROOT / "platform/servicekit"), str(ROOT / "services/id")])}
        server = Server("id", (sys.executable, "-m", "servicekit", "id_service.app:app"), paths | environ)
        with running(server) as (port, _):
            for form in ("binary", "base62", "decimal"):
                _over_http(port, form, options.seconds, options.rounds)
            asyncio.run(_from_blocks(port, options.seconds))


@asynccontextmanager
async def _issuing(folder: Path) -> AsyncIterator[LeasedIssuer]:
    async with LeasedIssuer(MachineStore(folder / "leases.sqlite"), 0) as issuer:
        while issuer.reason() is not None:
            await asyncio.sleep(0.05)
        yield issuer


async def _in_process(folder: Path, seconds: float, rounds: int) -> None:
    async with _issuing(folder) as issuer:
        for name, count in (("in process, 100,000 at a time", 100_000), ("in process, one by one", 1)):
            rates, costs = [], []
            for _ in range(rounds):
                await asyncio.sleep(0.3)
                rate, cost = await _issued(issuer, count, seconds)
                rates.append(rate)
                costs.append(cost)
            _row(name, rates, statistics.median(costs))


async def _issued(issuer: LeasedIssuer, count: int, seconds: float) -> tuple[float, float]:
    """Ids a second, and microseconds of the processor each; the format's cap, 4,096 a millisecond, is waited for."""
    made, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        try:
            if count > 1:
                made += len(issuer.issue(count))
            else:
                one = issuer.one
                for _ in range(10_000):
                    one()
                made += 10_000
        except ClockBehind as behind:
            await asyncio.sleep(behind.milliseconds / 1000)
        await asyncio.sleep(0)
    return made / (time.perf_counter() - began), 1e6 * (time.process_time() - spent) / made


def _over_http(port: int, form: str, seconds: float, rounds: int) -> None:
    request = f"POST /v1/ids?count=100000&format={form} HTTP/1.1\r\nHost: id\r\nContent-Length: 0\r\n\r\n".encode()
    rates = []
    for _ in range(rounds):
        began = time.perf_counter()
        answered = asyncio.run(requests_in(port, request, seconds, 2))
        rates.append(100_000 * answered / (time.perf_counter() - began))
    _row(f"over HTTP, 100,000 a request, {form}", rates, None)


async def _from_blocks(port: int, seconds: float) -> None:
    settings = Settings("bench", calls={"id": DeclaredCall(f"http://127.0.0.1:{port}", timeout=5.0)})
    async with Calls(settings) as calls:
        ids = IdBlocks(calls, block=10_000)
        await ids.next()
        times, until, last = [], time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            for _ in range(100):
                began = time.perf_counter_ns()
                number = await ids.next()
                times.append(time.perf_counter_ns() - began)
                assert number > last
                last = number
            await asyncio.sleep(0.002)
    times.sort()
    p50, p99 = (times[len(times) * percent // 100] / 1000 for percent in (50, 99))
    print(f"\nFrom blocks that are fetched ahead: {len(times):,} ids, each within p50 {p50:.1f} µs, p99 {p99:.1f} µs.")


def _row(name: str, rates: list[float], cost: float | None) -> None:
    shown = "" if cost is None else f"{cost:.2f}"
    print(f"| {name} | {statistics.median(rates):,.0f} | {max(rates):,.0f} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
