"""Tortures leases of worker numbers: several processes issue ids as fast as they can, while they are killed, paused
past the end of their leases and started again, and while the clock of each is set forth and back.

Each process writes down what it issues as runs of ids that follow each other, made from the ids themselves, before it
issues more; so what a process issued before it was killed counts too. At the end all runs are sorted: two that overlap
are a duplicate, and within a process none may begin below the end of the one before.

    python -m tools.bench.ids_torture --ids 100000000 --report platform/docs/reports/ids-torture.md
"""

import argparse
import asyncio
import logging
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
RUN: Final = struct.Struct("<QI")
BATCH: Final = 4096
PAUSE_SECONDS: Final = 11.0  # longer than a lease lasts
_STEPS: Final = (-3_600_000, -60_000, -5_000, -200, -20, 20, 200, 5_000, 60_000)


@dataclass(slots=True)
class Torment:
    """What was done to the processes."""

    kills: int = 0
    pauses: int = 0
    steps: int = 0
    lives: int = 0
    offsets: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    ids: int
    runs: int
    numbers: int
    duplicates: int
    disorders: int


def torture(folder: Path, ids: int, workers: int, seed: int, seconds: float, pause: float = PAUSE_SECONDS) -> Torment:
    """Until so many ids are written down, or so many seconds are over."""
    lots, torment, until = Random(seed), Torment(), time.monotonic() + seconds
    living = [_start(folder, slot, torment) for slot in range(workers)]
    try:
        while time.monotonic() < until and _count(folder) < ids:
            time.sleep(lots.uniform(0.1, 0.5))
            slot = lots.randrange(workers)
            what = lots.choices(("kill", "pause", "step"), (4, 1, 3))[0]
            if what == "step":
                _set_clock(folder, slot, torment.offsets.get(slot, 0) + lots.choice(_STEPS), torment)
            elif what == "pause":
                _pause(living, slot, lots.uniform(0.1, 1.0) * pause, torment, folder)
            else:
                living[slot].kill()
                living[slot].wait()
                torment.kills += 1
            living = [each if each.poll() is None else _start(folder, at, torment) for at, each in enumerate(living)]
    finally:
        for each in living:
            each.kill()
            each.wait()
    return torment


def judge(folder: Path) -> Verdict:
    """Of all that was written down, whole runs alone: a process may have been killed while it wrote."""
    found: list[tuple[int, int]] = []
    disorders = 0
    for file in sorted(folder.glob("*.runs")):
        content = file.read_bytes()
        last = -1
        for first, count in RUN.iter_unpack(content[: len(content) - len(content) % RUN.size]):
            disorders += first <= last
            last = first + count - 1
            found.append((first, count))
    found.sort()
    duplicates, end = 0, -1
    for first, count in found:
        duplicates += max(0, min(end, first + count - 1) - first + 1)
        end = max(end, first + count - 1)
    numbers = {first >> 12 & 1023 for first, _ in found}
    return Verdict(sum(count for _, count in found), len(found), len(numbers), duplicates, disorders)


def issue(folder: Path, slot: int, life: int) -> None:
    """What one process does until it is killed."""
    logging.disable(logging.CRITICAL)
    sys.path[:0] = [str(ROOT / "services/id"), str(ROOT / "platform/servicekit")]
    asyncio.run(_issue(folder, slot, life))


async def _issue(folder: Path, slot: int, life: int) -> None:
    from id_service.generator import ClockBehind, system_clock
    from id_service.issuer import LeasedIssuer
    from id_service.ledger import NoLease
    from id_service.machine_store import MachineStore

    clock = folder / f"{slot}.clock"

    def wall() -> int:
        return system_clock() + int(clock.read_text())

    issuer = LeasedIssuer(MachineStore(folder / "leases.sqlite", wall), slot % 3)
    with (folder / f"{life:06}.runs").open("ab", buffering=0) as runs:
        async with issuer:
            while True:
                try:
                    ids = issuer.issue(BATCH)
                except ClockBehind as behind:
                    await asyncio.sleep(min(0.05, behind.milliseconds / 1000))
                    continue
                except NoLease:
                    await asyncio.sleep(0.01)
                    continue
                runs.write(b"".join(RUN.pack(first, count) for first, count in runs_of(ids)))
                await asyncio.sleep(0)


def runs_of(ids: list[int]) -> list[tuple[int, int]]:
    """(first, how many) of those that follow each other, which are those of one millisecond."""
    found = []
    start = 0
    while start < len(ids):
        end = start + 1
        low, high = start, len(ids)
        while high - low > 1:  # ids of one run differ as their places do
            middle = (low + high) // 2
            low, high = (middle, high) if ids[middle] - ids[start] == middle - start else (low, middle)
        end = low + 1
        if ids[start:end] != list(range(ids[start], ids[start] + end - start)):
            raise AssertionError("the ids of a batch do not ascend")
        found.append((ids[start], end - start))
        start = end
    return found


def _start(folder: Path, slot: int, torment: Torment) -> "subprocess.Popen[bytes]":
    torment.lives += 1
    _write_clock(folder, slot, torment.offsets.setdefault(slot, 0))
    code = f"from tools.bench.ids_torture import *; issue(Path({str(folder)!r}), {slot}, {torment.lives})"
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=(folder / "errors.log").open("ab"))


def _pause(living: "list[subprocess.Popen[bytes]]", slot: int, seconds: float, torment: Torment, folder: Path) -> None:
    """The others go on meanwhile, and may take its number; its clock is set while it cannot look."""
    os.kill(living[slot].pid, signal.SIGSTOP)
    time.sleep(seconds)
    _set_clock(folder, slot, torment.offsets[slot] - 1000, torment)
    os.kill(living[slot].pid, signal.SIGCONT)
    torment.pauses += 1


def _set_clock(folder: Path, slot: int, offset: int, torment: Torment) -> None:
    """Never further from the true time than two hours."""
    torment.offsets[slot] = offset if abs(offset) < 7_200_000 else 0
    _write_clock(folder, slot, torment.offsets[slot])
    torment.steps += 1


def _write_clock(folder: Path, slot: int, offset: int) -> None:
    (folder / f"{slot}.next").write_text(str(offset))
    (folder / f"{slot}.next").replace(folder / f"{slot}.clock")


def _count(folder: Path) -> int:
    """Less than there are: a run holds at most a batch, and seldom less than half of one."""
    return sum(file.stat().st_size for file in folder.glob("*.runs")) // RUN.size * BATCH // 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ids", type=int, default=100_000_000, help="(default: %(default)s)")
    parser.add_argument("--workers", type=int, default=4, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1800.0, help="at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=19)
    parser.add_argument("--report", type=Path, help="a file to keep the report in")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="oneway-torture-") as name:
        folder = Path(name)
        torment = torture(folder, options.ids, options.workers, options.seed, options.seconds)
        verdict = judge(folder)
        errors = (folder / "errors.log").read_text()[-2000:]
    text = _report(torment, verdict, time.monotonic() - began, options)
    print(text + errors)
    if options.report:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(text)
    sys.exit(1 if verdict.duplicates or verdict.disorders or errors else 0)


def _report(torment: Torment, verdict: Verdict, seconds: float, options: argparse.Namespace) -> str:
    rows = {
        "ids": f"{verdict.ids:,}, in {verdict.runs:,} runs, as {verdict.numbers} worker numbers",
        "duplicates": str(verdict.duplicates),
        "order violations within a process": str(verdict.disorders),
        "processes": f"{torment.lives}, {options.workers} at a time",
        "kill -9": str(torment.kills),
        "pauses, up to 11 s": str(torment.pauses),
        "steps of a clock, up to an hour": str(torment.steps),
        "time": f"{seconds:.0f} s on {os.cpu_count()} cores",
    }
    table = "\n".join(f"| {name} | {figure} |" for name, figure in rows.items())
    again = f"python -m tools.bench.ids_torture --ids {options.ids} --workers {options.workers} --seed {options.seed}"
    return (
        f"# Leases of worker numbers under torture\n\n| what | figure |\n|---|---|\n{table}\n\nRun again: `{again}`.\n"
    )


if __name__ == "__main__":
    main()
