"""Users and deploys at the same time: a steady load on the id service while good and broken versions are deployed.

Every request is counted. None may fail because of a deploy, and none may be answered wrongly. A version that only
misbehaves under users' traffic may cost requests while it has its share; those are counted apart.

    python tools/bench/deploy_load.py --rate 300 --deploys 20
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.checkout import FAULTS, UNDER_TRAFFIC, Checkout
from tools.bench.load import Load, inside

_SETTLE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Deploy:
    """One deploy under load: what was wrong with the version, whether the tool judged it so, and what it cost."""

    fault: str
    seconds: float
    right: bool
    reason: str
    failed: int
    span: tuple[float, float]


def main() -> None:
    """Run, print the report, and exit with 1 when a request was lost that should not have been."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="oneway-load-") as folder:
        checkout = Checkout(Path(folder) / "checkout")
        checkout.make()
        try:
            passed = asyncio.run(_bench(checkout, options.rate, options.deploys))
        finally:
            stopped = checkout.platform("stop")
            if stopped.returncode:
                print(stopped.stdout, stopped.stderr)
    sys.exit(0 if passed else 1)


async def _bench(checkout: Checkout, rate: float, count: int) -> bool:
    first = checkout.platform("deploy", "id")
    if first.returncode:
        raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
    port = int(checkout.status()["addresses"]["http"].rpartition(":")[2])
    load = Load(port, rate)
    running = asyncio.create_task(load.run())
    started = time.monotonic()
    deploys = [await _deploy(checkout, load, fault) for fault in _faults(count)]
    back = await _rollback(checkout, load)
    await asyncio.sleep(_SETTLE_SECONDS)
    load.stop()
    await running
    return _report(load, deploys, back, time.monotonic() - started)


def _faults(count: int) -> list[str]:
    """Every other version is broken, in each way in turn."""
    broken = list(FAULTS)
    return ["" if at % 2 == 0 else broken[(at // 2) % len(broken)] for at in range(count)]


async def _deploy(checkout: Checkout, load: Load, fault: str) -> Deploy:
    checkout.change(fault)
    return await _timed(checkout, load, fault, "deploy", "id")


async def _rollback(checkout: Checkout, load: Load) -> Deploy:
    return await _timed(checkout, load, "", "rollback", "id")


async def _timed(checkout: Checkout, load: Load, fault: str, *arguments: str) -> Deploy:
    before, started = len(load.tally.failures), time.monotonic()
    done = await asyncio.to_thread(checkout.platform, *arguments)
    ended = time.monotonic()
    await asyncio.sleep(_SETTLE_SECONDS)
    reason = next((line.strip() for line in done.stdout.splitlines() if "FAILED" in line), "")
    right = done.returncode == (1 if fault else 0)
    lost = len(load.tally.failures) - before
    deploy = Deploy(
        fault,
        ended - started,
        right,
        reason or done.stderr.strip()[-200:],
        lost,
        (started, ended),
    )
    said = f"{fault or 'good':24} {deploy.seconds:5.1f} s  {'judged rightly' if right else 'JUDGED WRONGLY'}"
    print(f"{said}  {lost} failed  {' '.join(deploy.reason.split())}"[:240], flush=True)
    return deploy


def _report(load: Load, deploys: list[Deploy], back: Deploy, seconds: float) -> bool:
    tally = load.tally
    traffic = [each.span for each in deploys if each.fault in UNDER_TRAFFIC]
    apart = inside(tally.failures, traffic)
    others = len(tally.failures) - apart
    times = sorted(tally.seconds)
    wrongly = [each.fault or "good" for each in (*deploys, back) if not each.right]
    report = {
        "requests": tally.requests,
        "requests_per_second": round(tally.requests / seconds, 1),
        "deploys": len(deploys),
        "broken": sum(1 for each in deploys if each.fault),
        "failed": others,
        "wrong_answers": len(tally.wrong),
        "failed_while_a_version_misbehaved_under_traffic_alone": apart,
        "kinds_of_failures": dict(Counter(kind for _, kind in tally.failures)),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "judged_wrongly": wrongly,
    }
    print(json.dumps(report, indent=2))
    return not others and not tally.wrong and not wrongly


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second (default 300)")
    parser.add_argument("--deploys", type=int, default=20, help="how many (default 20)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
