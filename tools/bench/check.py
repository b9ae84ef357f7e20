"""How long `platform check` takes, whole command, against reading the same files with `yaml.load(CSafeLoader)`.

    python -m tools.bench.check [--services 60 1000 18500] [--runs 3] [--folder DIR]

`--folder` lies outside of any repository, where its cache would be another's.

Every figure is the best of its runs, in one process after the other on an otherwise idle machine: seconds on the
clock, seconds of processor time, and peak memory as the operating system counts it. The first check of a run finds no
cache; the second finds the files unchanged.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .systems import write

LIMITS = {60: 0.35, 1000: 1.0}
MOST_MEMORY = 300
_READ = """
import sys, pathlib, yaml
for path in pathlib.Path(sys.argv[1]).rglob("*.yaml"):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""
_CHECK = "from oneway.cli.main import main; main()"


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """What one process took."""

    seconds: float
    cpu: float
    megabytes: float


def main() -> None:
    """Measure, and say which promises hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, nargs="+", default=[60, 1000, 18500])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "oneway-bench")
    arguments = parser.parse_args()
    print(f"{'services':>8}  {'what':<22} {'seconds':>8} {'cpu':>7} {'MB':>6}  compared")
    kept = True
    for services in arguments.services:
        kept &= _measure(services, arguments.folder.resolve() / f"system-{services}", arguments.runs)
    sys.exit(0 if kept else 1)


def _measure(services: int, folder: Path, runs: int) -> bool:
    manifests = folder / "manifests" if folder.exists() else write(services, folder)
    read = min(_run([sys.executable, "-c", _READ, str(manifests)], folder) for _ in range(runs))
    check = [sys.executable, "-c", _CHECK, "check"]
    pairs = []
    for _ in range(runs):
        shutil.rmtree(folder / ".platform", ignore_errors=True)
        pairs.append((_run(check, folder), _run(check, folder)))
    first, again = min(each for each, _ in pairs), min(each for _, each in pairs)
    limit = LIMITS.get(services)
    if limit is not None:
        kept = [(f"{first.seconds / read.seconds:.2f} of reading; at most {limit} s", first.seconds <= limit)]
    else:
        ratio = first.seconds / read.seconds
        kept = [
            (
                f"{ratio:.2f} of reading; at most 0.42; {MOST_MEMORY} MB",
                ratio <= 0.42 and first.megabytes <= MOST_MEMORY,
            ),
        ]
        kept.append(
            (f"{again.seconds / first.seconds:.2f} of the first; at most 0.25", again.seconds <= first.seconds / 4)
        )
    _say(services, "yaml.load(CSafeLoader)", read, "")
    _say(services, "platform check", first, _verdict(*kept[0]))
    _say(services, "again, unchanged", again, _verdict(*kept[1]) if len(kept) > 1 else "")
    return all(good for _, good in kept)


def _run(command: list[str], folder: Path) -> Run:
    started = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6)


def _verdict(words: str, good: bool) -> str:
    return f"{words}: {'kept' if good else 'NOT KEPT'}"


def _say(services: int, what: str, run: Run, words: str) -> None:
    print(f"{services:>8}  {what:<22} {run.seconds:>8.2f} {run.cpu:>7.2f} {run.megabytes:>6.0f}  {words}".rstrip())


if __name__ == "__main__":
    main()
