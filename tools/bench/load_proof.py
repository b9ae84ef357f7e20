"""What `platform load` finds, beside what is known: queues of c workers and a fixed time s carry c/s; a service that
each request under way makes slower by a known share; and, with --samples, the samples in a copy of the checkout.

python -m tools.bench.load_proof [--seconds 90] [--out FOLDER]
python -m tools.bench.load_proof --samples [--out FOLDER]     # deploys them in a temporary folder, and stops them

It exits with 1 when a number is further than 10% from what is known, or there is none though the machine was not full.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oneway.model import Check, Request
from oneway.probe import http_sender, outgoing_of
from oneway.render import load_svg
from oneway.sweep.goal import Goal
from oneway.sweep.limits import Limit
from oneway.sweep.measuring import measure
from oneway.sweep.narrowing import Found, Plan
from oneway.sweep.sender import Question, Sender
from oneway.sweep.window import Used
from oneway.targets.local.processes.memory import processor_seconds, resident_bytes

ROOT: Final = Path(__file__).resolve().parents[2]
NEAR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Known:
    """A server whose answer is known: workers, seconds, how much slower each other request makes one, and the goal."""

    workers: int
    seconds: float
    slower: float = 0.0
    goal: Goal = Goal()  # noqa: RUF009

    @property
    def carries(self) -> float:
        """Requests a second: c/s, or for the slowing one (1 - s (1 - a) / G) / (a s)."""
        if not self.slower:
            return self.workers / self.seconds
        (_, within), *_ = self.goal.latency
        return (1 - self.seconds * (1 - self.slower) / within) / (self.slower * self.seconds)

    def __str__(self) -> str:
        slower = f", {self.slower:.0%} slower by each other" if self.slower else ""
        return f"{self.workers} × {self.seconds * 1000:g} ms{slower}, until {self.goal}"


KNOWN: Final = (
    Known(1, 0.1),
    Known(4, 0.05),
    Known(2, 0.2),
    Known(16, 0.1),
    Known(4, 0.05, goal=Goal(((99.0, 0.4),))),
    Known(1000, 0.1, 0.2, Goal(((50.0, 0.4),))),
    Known(1000, 0.05, 0.1, Goal(((50.0, 0.15),))),
)


@contextmanager
def served(known: Known) -> Iterator[tuple[int, int]]:
    """The port and the process of such a server while the block lasts."""
    options = ["--workers", str(known.workers), "--seconds", str(known.seconds), "--slower", str(known.slower)]
    command = [sys.executable, "-m", "tools.bench.queue_server", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.wait()


def prove(known: Known, seconds: float) -> Found:
    """Measure the server of that kind."""
    check = Check(name="asked", request=Request(path="/"))
    with served(known) as (port, pid):
        way = http_sender(f"http://127.0.0.1:{port}")
        question = Question(check, outgoing_of(check, lambda _: b"", {}), way)
        used = lambda: Used(processor_seconds([pid]), resident_bytes([pid]))  # noqa: E731
        return measure(Plan(seconds, known.goal), Sender([question], known.goal, used))


def report(known: Known, found: Found) -> bool:
    """Say how near it is; whether that is near enough, or rightly no number."""
    if found.per_replica is None:
        print(f"{known}: known {known.carries:.4g}/s, no number: {found.limit} ({found.reason})", flush=True)
        return found.limit is Limit.MACHINE
    ratio = found.per_replica / known.carries
    rounds = ", ".join(f"{each:.4g}" for each in found.rounds)
    print(f"{known}: known {known.carries:.4g}/s, found {found.per_replica:.4g}/s ({ratio:.1%}; {rounds})", flush=True)
    return abs(ratio - 1) <= NEAR


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--samples", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    if options.samples:
        from tools.bench.load_samples import measure_samples

        sys.exit(measure_samples(options.seconds, options.out))
    good = True
    for at, known in enumerate(KNOWN):
        found = prove(known, options.seconds)
        good = report(known, found) and good
        if options.out is not None:
            options.out.mkdir(parents=True, exist_ok=True)
            goal = {f"p{percent:g}": within for percent, within in known.goal.latency}
            words = f"known: {known.carries:.4g}/s"
            picture = load_svg(str(known), words, found.curve, goal, found.per_replica)
            (options.out / f"known-{at}.svg").write_text(picture)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
