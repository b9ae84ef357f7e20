"""How long a picture takes, beside plain `dot` over the same arrows, run in turn; and what memory it needs.

python -m tools.bench.render --runs 3
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from oneway.graph import build
from oneway.manifest import load
from oneway.render import By, draw
from oneway.render.views import rolled_up
from tools.bench import systems

LONGEST_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One system and the way it is asked for; `limit` is what the whole command may take."""

    services: int
    by: By
    limit: float


CASES: Final = (
    Case(60, By.SERVICE, 1.0),
    Case(300, By.SERVICE, 5.0),
    Case(2_000, By.DOMAIN, 5.0),
    Case(18_500, By.DOMAIN, 15.0),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Wall-clock and processor seconds of a finished command, and its peak memory in MB; None when it was stopped."""

    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    """Print one line per system."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=3, help="counted runs of each command")
    parser.add_argument("--services", type=int, action="append", help="only the cases of so many services")
    arguments = parser.parse_args()
    wanted = [case for case in CASES if not arguments.services or case.services in arguments.services]
    with tempfile.TemporaryDirectory() as folder:
        for case in wanted:
            for line in _measured(case, Path(folder) / str(case.services), arguments.runs):
                print(line, flush=True)


def _measured(case: Case, folder: Path, runs: int) -> Iterator[str]:
    manifests = systems.write(case.services, folder)
    plain = folder / "plain.dot"
    arrows = _plain_source(manifests, case.by, plain)
    program = str(Path(sys.executable).with_name("platform"))
    ours = [program, "render-graph", "--manifests", str(manifests), "--by", case.by]
    commands = {
        "platform, wheel": [*ours, "--layout", "wheel", "-o", str(folder / "wheel.svg")],
        "platform, html": [*ours[:4], "-o", str(folder / "page.html")],
    }
    dot = shutil.which("dot")
    if dot:
        commands["platform, dot"] = [*ours, "--layout", "dot", "-o", str(folder / "dot.svg")]
        commands["plain dot"] = [dot, "-Tsvg", str(plain), "-o", str(folder / "plain.svg")]
    results: dict[str, list[Run | None]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            if None not in results[name]:
                results[name].append(_run(command))
    yield f"{case.services:,} services by {case.by}, {arrows:,} arrows, limit {case.limit:g} s"
    for name, times in results.items():
        yield f"  {name:<16} {_words(times)}"


def _plain_source(manifests: Path, by: By, file: Path) -> int:
    contents = [(each.name, each.read_bytes()) for each in sorted(manifests.rglob("*.yaml"))]
    picture = rolled_up(draw(build(load(contents).system)), by)
    lines = [f'"{edge.source}" -> "{edge.target}"' for edge in picture.edges]
    file.write_text("\n".join(["digraph {", *lines, "}"]) + "\n", encoding="utf-8")
    return len(lines)


def _run(command: Sequence[str]) -> Run | None:
    """The command once; None when it takes longer than anybody waits."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    impatience = threading.Timer(LONGEST_SECONDS, child.kill)
    impatience.start()
    _, status, used = os.wait4(child.pid, 0)
    impatience.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode == -signal.SIGKILL:
        return None
    if child.returncode:
        raise SystemExit(f"{shlex.join(command)} exited with {child.returncode}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Run(time.perf_counter() - started, used.ru_utime + used.ru_stime, kilobytes / 1024)


def _words(times: Sequence[Run | None]) -> str:
    finished = [each for each in times if each is not None]
    if len(finished) < len(times):
        return f"not done after {LONGEST_SECONDS:g} s"
    seconds, best = median(each.seconds for each in finished), min(each.seconds for each in finished)
    processor, memory = median(each.processor for each in finished), max(each.megabytes for each in finished)
    return f"{seconds:7.2f} s  (best {best:.2f} s, processor {processor:.2f} s, {memory:.0f} MB)"


if __name__ == "__main__":
    main()
