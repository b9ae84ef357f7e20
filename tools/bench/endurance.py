"""A long run of the id service on this machine: a steady load, a deploy every few minutes, a kill -9 every minute.

Held to at the end: no id twice, no wrong answer, and no request lost but those that were inside a process when that was
killed. It runs in a checkout of its own on a free port, and leaves nothing behind.

    python tools/bench/endurance.py --minutes 60 --rate 300 --report platform/docs/reports/endurance.md
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bench.checkout import Checkout
from tools.bench.load import Failure, Load
from tools.bench.service import free_port

DECLARED: Final = 8082
# A caller knows of a death a little later than it was dealt, on a machine that is busy.
_SLACK: Final = 0.25


@dataclass(slots=True)
class Apart(Checkout):
    """With two replicas, at a port that nobody else on this machine has."""

    port: int = field(default_factory=free_port)

    def change(self, fault: str) -> str:
        name = Checkout.change(self, fault)
        file = self.root / "manifests/id.yaml"
        text = file.read_text().replace(str(DECLARED), str(self.port))
        file.write_text(re.sub(r"local: \{replicas: 1", "local: {replicas: 2", text))
        return name


@dataclass(frozen=True, slots=True)
class Deploy:
    seconds: float
    status: int


@dataclass(slots=True)
class Run:
    """What was done to it, and when."""

    began: float
    kills: list[float] = field(default_factory=list)
    deploys: list[Deploy] = field(default_factory=list)


def main() -> None:
    """Run, print and keep the report, and exit with 1 where something was lost that should not have been."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="oneway-endurance-") as folder:
        checkout = Apart(Path(folder) / "checkout")
        checkout.make()
        try:
            text, good = asyncio.run(_endure(checkout, options))
        finally:
            stopped = checkout.platform("stop", "--all")
            if stopped.returncode:
                print(stopped.stdout, stopped.stderr)
    print(text)
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(text)
    sys.exit(0 if good else 1)


async def _endure(checkout: Apart, options: argparse.Namespace) -> tuple[str, bool]:
    first = checkout.platform("deploy", "id")
    if first.returncode:
        raise SystemExit(f"the first deploy failed:\n{first.stdout}{first.stderr}")
    load = Load(checkout.port, options.rate)
    run = Run(time.monotonic())
    until = run.began + options.minutes * 60
    running = asyncio.create_task(load.run())
    await asyncio.gather(_kill(checkout, run, until, options), _deploy(checkout, run, until, options))
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    load.stop()
    await running
    return _report(load, run, options)


async def _kill(checkout: Apart, run: Run, until: float, options: argparse.Namespace) -> None:
    lots = Random(19)
    at = run.began
    while (at := at + options.kill_every) < until:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        files = sorted((checkout.root / ".platform/replicas").glob("id.*.pid"))
        if files:
            os.kill(int(lots.choice(files).read_text().split()[0]), signal.SIGKILL)
            run.kills.append(time.monotonic())


async def _deploy(checkout: Apart, run: Run, until: float, options: argparse.Namespace) -> None:
    at = run.began
    while (at := at + options.deploy_every) < until:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        checkout.change("")
        began = time.monotonic()
        done = await asyncio.to_thread(checkout.platform, "deploy", "id")
        run.deploys.append(Deploy(time.monotonic() - began, done.returncode))
        print(
            f"deploy {len(run.deploys)}: exit status {done.returncode} after {time.monotonic() - began:.0f} s",
            flush=True,
        )


def _report(load: Load, run: Run, options: argparse.Namespace) -> tuple[str, bool]:
    tally, seconds = load.tally, time.monotonic() - run.began
    inside = [each for each in tally.failures if _was_inside(each, run.kills)]
    others = [each for each in tally.failures if not _was_inside(each, run.kills)]
    times = sorted(tally.seconds)
    asked = sum(tally.requests.values())
    failed = sum(1 for each in run.deploys if each.status)
    good = not others and not tally.wrong
    lines = [
        "# Endurance of the id service",
        "",
        f"{seconds / 60:.0f} minutes at {options.rate:g} requests a second, two replicas, a deploy every "
        f"{options.deploy_every:g} s and a kill -9 every {options.kill_every:g} s, on {os.cpu_count()} cores that "
        "others used too.",
        "",
        "| what | figure |",
        "|---|---|",
        f"| requests | {asked:,} ({asked / seconds:.0f}/s) |",
        f"| ids given out | {len(tally.seen):,} |",
        f"| duplicate ids and other wrong answers | {len(tally.wrong)} |",
        f"| kills | {len(run.kills)} |",
        f"| deploys | {len(run.deploys)}, of which {failed} failed |",
        f"| lost inside a process that was killed | {len(inside)} |",
        f"| lost otherwise | {len(others)} |",
        f"| answered within, p50 and p99 | {_percentile(times, 50):.1f} ms and {_percentile(times, 99):.1f} ms |",
        "",
        f"Run again: `python tools/bench/endurance.py --minutes {options.minutes:g} --rate {options.rate:g}`.",
        "",
    ]
    for kind, number in Counter(f"{each.method} {each.kind}" for each in others).most_common(20):
        print(f"lost {number} times: {kind}", flush=True)
    for each in others[:20]:
        after = min((each.sent - kill for kill in run.kills), key=abs, default=float("nan"))
        print(f"lost: {each.method} {each.kind}, sent {after:+.2f} s from the nearest kill", flush=True)
    for wrong in tally.wrong[:5]:
        print(f"wrong: {wrong}", flush=True)
    return "\n".join(lines), good


def _was_inside(failure: Failure, kills: list[float]) -> bool:
    return any(failure.sent - _SLACK <= kill <= failure.known + _SLACK for kill in kills)


def _percentile(ordered: list[float], percent: int) -> float:
    return 1000 * ordered[len(ordered) * percent // 100] if ordered else float("nan")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="(default: %(default)s)")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second (default: %(default)s)")
    parser.add_argument("--deploy-every", type=float, default=300.0, help="seconds (default: %(default)s)")
    parser.add_argument("--kill-every", type=float, default=60.0, help="seconds (default: %(default)s)")
    parser.add_argument("--report", type=Path, help="a file to keep the report in")
    return parser.parse_args()


if __name__ == "__main__":
    main()
