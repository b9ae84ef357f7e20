"""Times two commands in turn, A B A B …, so that a noisy machine is noisy for both; medians and the ratio of pairs."""

import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pairs:
    """Wall-clock seconds of both commands, run by run."""

    ours: tuple[float, ...]
    baseline: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median over the pairs of ours / baseline."""
        return statistics.median(a / b for a, b in zip(self.ours, self.baseline, strict=True))

    @property
    def difference(self) -> float:
        """The median over the pairs of ours - baseline, in seconds."""
        return statistics.median(a - b for a, b in zip(self.ours, self.baseline, strict=True))

    def row(self, name: str) -> str:
        """One line for people: medians in seconds, the ratio, and the difference."""
        ours, baseline = statistics.median(self.ours), statistics.median(self.baseline)
        medians = f"{ours:8.3f} s  baseline {baseline:8.3f} s"
        return f"{name:<40} {medians}  ratio {self.ratio:6.2f}  difference {self.difference:+.3f} s"


def time_pairs(ours: Sequence[str], baseline: Sequence[str], runs: int, cwd: str | None = None) -> Pairs:
    """Run both commands `runs` times in turn, after one run of each that does not count."""
    timed = [(_seconds(ours, cwd), _seconds(baseline, cwd)) for _ in range(runs + 1)][1:]
    return Pairs(tuple(a for a, _ in timed), tuple(b for _, b in timed))


def _seconds(command: Sequence[str], cwd: str | None) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started
