"""Whether the monitor keeps its intervals: `python -m tools.bench.monitor [--checks 10000] [--seconds 90]`.

Ten thousand checks every ten seconds against a local server, the monitor on one core; beside it, in the same run and
against the same server, three at a time (what Gatus documents as its `concurrency`) and a plain pool of threads. Then
200 checks a second of which a third is slow, hangs, drips, is huge, redirects or fails: the good ones are never late.

It exits with 1 where the monitor misses an interval, begins later than 0.3 s at the 99th percentile, or grows.
"""

import argparse
import contextlib
import http.client
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

_EVERY: Final = 10.0
_LATE: Final = 0.3
_GROWTH: Final = 1.1
# Ten answers of eight megabytes may be under way at one of the two moments and not at the other.
_HUGE_GROWTH: Final = 2.5
_A_SERVICE: Final = 10
_POOL: Final = 64
_GATUS: Final = 3
_RIVAL_SECONDS: Final = 30.0
_BAD_KINDS: Final = ("slow", "hang", "drip", "huge", "redirect", "fail")


@dataclass(frozen=True, slots=True)
class Figures:
    """How late looks began, how many intervals passed without one, how much of a core it took, and how much memory at
    a third of the time and at the end."""

    looks: int
    late: float
    latest: float
    missed: int
    core: float = 0.0
    kilobytes: tuple[float, float] = (0.0, 0.0)

    def __str__(self) -> str:
        words = (
            f"{self.looks:6} looks, late {self.late:.3f} s at p99, {self.latest:.3f} s at most, {self.missed} missed"
        )
        if not self.core:
            return words
        before, after = (each / 1024 for each in self.kilobytes)
        return f"{words}, {self.core:.2f} of a core, {before:.0f} to {after:.0f} MiB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=90.0)
    arguments = parser.parse_args()
    with _server() as port:
        ours, _ = _watch(port, _many(port, arguments.checks), _EVERY, arguments.seconds)
        print(f"oneway           {ours}", flush=True)
        for name, threads in ((f"{_GATUS} at a time", _GATUS), (f"{_POOL} threads", _POOL)):
            print(f"{name:16} {pool(port, arguments.checks, threads, _RIVAL_SECONDS)}", flush=True)
        mixed, healths = _watch(port, [_mixed(port)], 1.0, arguments.seconds / 2)
        good = healths.get("good", {})
        print(f"good among bad   {mixed}; good ones: {good}", flush=True)
    faults = [*faults_of(ours, "oneway"), *faults_of(mixed, "good among bad", _HUGE_GROWTH)]
    if set(good) != {"good"}:
        faults.append(f"good ones were seen as {good}")
    print("\n".join(faults) or "within bounds")
    return bool(faults)


def faults_of(figures: Figures, name: str, growth: float = _GROWTH) -> list[str]:
    """Which bounds it does not keep."""
    before, after = figures.kilobytes
    judged = {
        f"{name}: {figures.missed} intervals were missed": figures.missed > 0,
        f"{name}: {figures.late:.3f} s late at p99": figures.late > _LATE,
        f"{name}: memory went from {before:.0f} to {after:.0f} KiB": after > growth * before,
        f"{name}: nothing was looked at": not figures.looks,
    }
    return [fault for fault, found in judged.items() if found]


def pool(port: int, checks: int, threads: int, seconds: float) -> Figures:
    """So many threads that each take the next check that is due, one request at a time."""
    waiting: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    late: list[float] = []

    def work() -> None:
        while (due := waiting.get()) is not None:
            late.append(time.monotonic() - due)
            with contextlib.suppress(OSError, http.client.HTTPException):
                _ask(port)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for each in workers:
        each.start()
    began, number = time.monotonic(), 0
    while (due := began + number * _EVERY / checks) < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        waiting.put(due)
        number += 1
    missed = waiting.qsize()
    while not waiting.empty():
        with contextlib.suppress(queue.Empty):
            late.append(time.monotonic() - (waiting.get_nowait() or 0.0))
    for _ in workers:
        waiting.put(None)
    return Figures(number, _at(late, 0.99), max(late), missed)


def _ask(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/good")
    connection.getresponse().read()
    connection.close()


def _watch(
    port: int, services: Sequence[Mapping[str, Any]], every: float, seconds: float
) -> tuple[Figures, dict[str, dict[str, int]]]:
    """The figures of the good checks, and what was seen, by the kind of the check."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        wanted = {"services": services, "every": every, "seconds": seconds, "report": str(report)}
        command = [sys.executable, "-m", "tools.bench.monitor_process"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, preexec_fn=lambda: _own_core(0)
        )
        process.communicate(json.dumps(wanted | {"data": f"{folder}/monitor.db"}), timeout=seconds + 120)
        found = json.loads(report.read_text())
    gaps = [
        later - earlier
        for check, times in found["began"]
        if check.startswith("good")
        for earlier, later in pairwise(times[1:])
    ]
    measured = found["measured"]
    third, end = measured[len(measured) // 3], measured[-1]
    healths: dict[str, dict[str, int]] = {}
    for check, seen in found["healths"].items():
        kind = healths.setdefault(check.split("-")[0], {})
        for health, count in seen.items():
            kind[health] = kind.get(health, 0) + count
    figures = Figures(
        sum(len(times) for _, times in found["began"]),
        _at(found["lateness"], 0.99),
        max(found["lateness"]),
        sum(max(0, round(gap / every) - 1) for gap in gaps),
        (end["cpu"] - third["cpu"]) / (end["at"] - third["at"]),
        (third["kilobytes"], end["kilobytes"]),
    )
    return figures, healths


def _many(port: int, checks: int) -> list[dict[str, Any]]:
    names = {f"good-{number}": "/good" for number in range(_A_SERVICE)}
    url = f"http://127.0.0.1:{port}"
    return [{"name": f"s{number}", "url": url, "checks": names} for number in range(checks // _A_SERVICE)]


def _mixed(port: int) -> dict[str, Any]:
    bad = {f"{kind}-{number}": f"/{kind}" for kind in _BAD_KINDS for number in range(10)}
    good = {f"good-{number}": "/good" for number in range(200 - len(bad))}
    return {"name": "mixed", "url": f"http://127.0.0.1:{port}", "checks": good | bad}


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """A server on another core than the monitor's, where there is one."""
    command = [sys.executable, "-m", "tools.bench.monitor_server"]
    other = max(os.sched_getaffinity(0))
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: _own_core(other)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def _own_core(number: int) -> None:
    """One core, and as much of it as whoever else works on this machine may leave, where that is allowed."""
    os.sched_setaffinity(0, {number})
    os.setsid()
    with contextlib.suppress(OSError):
        os.nice(-15)
        Path("/proc/self/autogroup").write_text("-15")


if __name__ == "__main__":
    sys.exit(main())
