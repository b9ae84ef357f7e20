"""What came of one rate: figures of a window of time, without its beginning in which queues find their length."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import Final

from ..model import Point

_TREND_SAMPLES: Final = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """One request: when it was due, in seconds from the start of its window, how many seconds after that its answer was
    there, and what was wrong with it, if anything was."""

    due: float
    seconds: float
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """The processor time that a replica has used so far, in seconds of a core, and the bytes that it holds."""

    processor: float
    memory: int


@dataclass(frozen=True, slots=True)
class Strain:
    """What the window cost, in cores that were busy on average: `busy` all of the machine's, `replica` those of the
    replica, `sender` those of whoever sent. None where it cannot be seen. `cores` is how many the machine has, `wanted`
    how many the replica may use, and `here` whether it is on this machine. Requests were sent `usually_late` by so many
    seconds (the median), and `late` by so many at the worst (99 of 100)."""

    cores: float = 1.0
    wanted: float = 1.0
    busy: float | None = None
    replica: float | None = None
    sender: float = 0.0
    usually_late: float = 0.0
    late: float = 0.0
    memory: int | None = None
    here: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """What came of `rate` requests a second over `seconds`; `took` is all the time that it needed. It was `cut` short
    where nothing could save it any more. `changed` says what became of the replicas since the first window, nothing
    where they are what they were."""

    rate: float
    seconds: float
    replies: tuple[Reply, ...]
    took: float
    strain: Strain = field(default_factory=Strain)
    cut: bool = False
    changed: str = ""

    @property
    def faults(self) -> int:
        return sum(1 for each in self.replies if each.fault)

    @property
    def errors(self) -> float:
        """The share of requests that failed."""
        return self.faults / len(self.replies) if self.replies else 0.0

    @property
    def answered(self) -> float:
        """Good answers a second: as many as were offered, or as came between the first answer and the last."""
        ends = [each.due + each.seconds for each in self.replies]
        span = max(ends, default=0.0) - min(ends, default=0.0)
        came = min(self.rate, (len(ends) - 1) / span) if span > 0 else self.rate
        return came * (1 - self.errors)

    @property
    def concurrency(self) -> float:
        """How many were under way on average, by Little's law."""
        return sum(each.seconds for each in self.replies) / self.seconds if self.seconds else 0.0

    def quantile(self, percent: float) -> float | None:
        """The seconds within which that many percent were answered; None without a request."""
        return percentile([each.seconds for each in self.replies], percent)

    def slower(self, seconds: float) -> int:
        """How many took longer."""
        return sum(1 for each in self.replies if each.seconds > seconds)

    def point(self, held: bool) -> Point:
        """The window as a point of the curve."""
        return Point(
            offered=self.rate,
            answered=round(self.answered, 4),
            requests=len(self.replies),
            p50=_rounded(self.quantile(50)),
            p99=_rounded(self.quantile(99)),
            errors=round(self.errors, 6),
            concurrency=round(self.concurrency, 3),
            processor=None if self.strain.replica is None else round(self.strain.replica, 3),
            memory=self.strain.memory,
            held=held,
        )


def percentile(values: Sequence[float], percent: float) -> float | None:
    """By nearest rank: the smallest value that so many percent do not exceed."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(percent / 100 * len(values) - 1e-9) - 1)]


def trend(replies: Sequence[Reply]) -> tuple[float, float]:
    """How many seconds longer each second's requests take than those of the second before, and the standard error of
    that: least squares over when they were due. A queue that is filled faster than it is emptied has the trend
    offered/carried - 1; one that is not has none."""
    many = len(replies)
    if many < _TREND_SAMPLES:
        return 0.0, float("inf")
    middle = sum(each.due for each in replies) / many
    mean = sum(each.seconds for each in replies) / many
    width = sum((each.due - middle) ** 2 for each in replies)
    if not width:
        return 0.0, float("inf")
    slope = sum((each.due - middle) * (each.seconds - mean) for each in replies) / width
    rest = sum((each.seconds - mean - slope * (each.due - middle)) ** 2 for each in replies)
    return slope, sqrt(rest / (many - 2) / width)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
