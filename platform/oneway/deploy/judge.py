"""New against old: is the new release worse than chance allows? Pure functions over what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from ..model import Service
from ..targets.base import Instance, Served
from .chance import compare_shares, exceed_share, spend

ENOUGH: Final = 20
# How often at most a release is taken back that is no worse than the one before it: over all looks of a rollout, and
# half of it for each of the two questions that every look asks.
FALSE_ALARMS: Final = 0.001
# What is taken for the old release's share of errors where it was asked too little to tell.
_TOLERATED: Final = 0.02
_CALLER_GONE: Final = 499
_TIMES_SLOWER: Final = 2.0
_SLACK_SECONDS: Final = 0.1
_FILES_GROWTH: Final = 60
_FILES_PER_REQUEST: Final = 0.25
_TIMES_THE_GOAL: Final = 4.0
_LEAST_PATIENCE: Final = 1.0
_USUAL_PATIENCE: Final = 2.0
_MOST_PATIENCE: Final = 10.0
# What is too little time for a service that declares no goal.
_HASTE: Final = 0.05
# A timer may fire a little early.
_NEARLY: Final = 0.9


@dataclass(frozen=True, slots=True)
class Sample:
    """What a release did for users: how many requests it answered, how many of them wrongly, the times of all, and how
    long those waited that have no answer yet, or whose users went away without one."""

    requests: int
    errors: int
    seconds: tuple[float, ...]
    unanswered: tuple[float, ...] = ()

    @property
    def asked(self) -> int:
        return self.requests + len(self.unanswered)

    def waiting(self, seconds: float) -> int:
        """How many have, or had, no answer after so long."""
        return sum(1 for each in self.unanswered if each >= seconds)

    def late(self, seconds: float) -> int:
        """How many had no answer after so long, or one that took longer."""
        return self.waiting(seconds) + sum(1 for each in self.seconds if each >= seconds)


NOBODY: Final = Sample(0, 0, ())


def sample(served: Sequence[Served], release: int, goal: float = 0.0) -> Sample:
    """What that release did for users. Server errors count; what a caller did wrong does not, nor that it allowed less
    time than the service's `goal` and got no answer in it."""
    own = [each for each in served if each.release == release and not _is_hasty(each, goal)]
    answered = [each for each in own if not each.waiting and each.status != _CALLER_GONE]
    errors = sum(1 for each in answered if each.status >= 500 or each.status == 0)
    unanswered = tuple(each.seconds for each in own if each.waiting or each.status == _CALLER_GONE)
    return Sample(len(answered), errors, tuple(each.seconds for each in answered), unanswered)


def find_goal(spec: Service) -> float:
    """The seconds within which the service means to answer, by its slowest declared percentile; 0 without one."""
    latency = spec.slo.latency
    return max((each for each in (latency.p50, latency.p90, latency.p95, latency.p99) if each is not None), default=0.0)


def find_patience(spec: Service) -> float:
    """The seconds after which an answer of the service is missed."""
    goal = find_goal(spec)
    wanted = goal * _TIMES_THE_GOAL if goal else _USUAL_PATIENCE
    return min(max(wanted, _LEAST_PATIENCE), _MOST_PATIENCE)


def failing(new: Sample, old: Sample, look: int = 1) -> str:
    """Why the new release fails users more than the old one does; empty when that is not to be seen at this look."""
    if old.requests >= ENOUGH or old.errors:
        chance = compare_shares(new.errors, new.requests, old.errors, old.requests)
    else:
        chance = exceed_share(new.errors, new.requests, _TOLERATED)
    if chance > spend(FALSE_ALARMS / 2, look):
        return ""
    than = f"{old.errors} of {old.requests} of the old one's" if old.requests else "nothing to compare with"
    return f"{new.errors} of {new.requests} users' requests failed, against {than}"


def hanging(new: Sample, old: Sample, patience: float, look: int = 1) -> str:
    """Why the new release leaves users without an answer more than the old one does; empty when that is not to be seen
    at this look. Some questions take long by their nature: that is why only the comparison tells, and why what the old
    one answered late counts like what it did not answer."""
    if doubt_answers(new, old, patience) > spend(FALSE_ALARMS / 2, look):
        return ""
    return tell_waiting(new, old, patience)


def doubt_answers(new: Sample, old: Sample, seconds: float) -> float:
    """How likely it is that by chance alone so many of the new release's requests wait for so long."""
    return compare_shares(new.waiting(seconds), new.asked, old.late(seconds), old.asked)


def tell_waiting(new: Sample, old: Sample, seconds: float) -> str:
    """How many wait, in words."""
    than = f"{old.late(seconds)} of {old.asked} of the old one's"
    return f"{new.waiting(seconds)} of {new.asked} users' requests have no answer after {seconds:g} s, against {than}"


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


def _is_hasty(served: Served, goal: float) -> bool:
    """Whether the user allowed less than the goal, and had no answer when that was over."""
    if served.deadline is None or served.deadline >= (goal or _HASTE):
        return False
    missed = served.waiting or served.status == 0 or served.status >= _CALLER_GONE
    return missed and served.seconds >= served.deadline * _NEARLY
