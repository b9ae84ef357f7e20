"""New against old: is the new release worse than chance allows? Pure functions over what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ..targets.base import Instance, Served

ENOUGH: Final = 20
_FEWEST_ERRORS: Final = 3
_ERROR_MARGIN: Final = 0.02
_TIMES_SLOWER: Final = 2.0
_SLACK_SECONDS: Final = 0.1
_FILES_GROWTH: Final = 60
_FILES_PER_REQUEST: Final = 0.25


@dataclass(frozen=True, slots=True)
class Sample:
    """What a release answered to users: how many requests, how many of them wrongly, and the times of all."""

    requests: int
    errors: int
    seconds: tuple[float, ...]

    @property
    def error_share(self) -> float:
        return self.errors / self.requests if self.requests else 0.0


def sample(served: Sequence[Served], release: int) -> Sample:
    """What that release answered. Server errors count; what a caller did wrong does not."""
    own = [each for each in served if each.release == release]
    errors = sum(1 for each in own if each.status >= 500 or each.status == 0)
    return Sample(len(own), errors, tuple(each.seconds for each in own))


def failing(new: Sample, old: Sample) -> str:
    """Why the new release fails users more than the old one does; empty when that is not to be seen."""
    if new.errors >= _FEWEST_ERRORS and new.error_share > old.error_share + _ERROR_MARGIN:
        than = f"{old.errors} of {old.requests} of the old one's" if old.requests else "nothing to compare with"
        return f"{new.errors} of {new.requests} users' requests failed, against {than}"
    return ""


def lagging(new: Sample, old: Sample) -> str:
    """Why users wait longer for the new release than for the old one; empty when that is not to be seen."""
    return slower(new.seconds, old.seconds) if min(new.requests, old.requests) >= ENOUGH else ""


def slower(new: Sequence[float], old: Sequence[float]) -> str:
    """Why the new times are worse than the old: the median twice as long, and more than noise."""
    if not new or not old:
        return ""
    mine, before = median(new), median(old)
    if mine > before * _TIMES_SLOWER + _SLACK_SECONDS:
        return f"it takes {mine * 1000:.0f} ms where the old one takes {before * 1000:.0f} ms"
    return ""


def leaks(first: Sequence[Instance], now: Sequence[Instance], requests: int) -> str:
    """Why a replica seems to leak file descriptors: their number grows with the requests that it answers."""
    before = {each.name: each.open_files for each in first}
    for each in now:
        start = before.get(each.name)
        if start is None or each.open_files is None:
            continue
        grown = each.open_files - start
        if grown >= _FILES_GROWTH and grown >= requests * _FILES_PER_REQUEST / max(1, len(now)):
            return f"{each.name} leaks file descriptors: from {start} to {each.open_files} in {requests} requests"
    return ""
