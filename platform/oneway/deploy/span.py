"""One stretch of time in which the new release is judged beside the old one: look, ask, and see whether it is over."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ..targets.base import Instance, Outcome, Release
from .context import checks_of
from .gate import require_alive, require_pass, seconds, suite
from .judge import ENOUGH, Sample, failing, lagging, leaks, sample, slower
from .rollout import NotPassed, Rollout

_ROUNDS: Final = 3
_SLOW_SPANS: Final = 3
_LEAST_SPAN: Final = 0.5
_LOOK_SECONDS: Final = 0.1
_NOBODY: Final = Sample(0, 0, ())


@dataclass(slots=True)
class Span:
    """The stretch from `since` on, `length` seconds long, or `least` where no user is there to wait for.

    Users' requests are the sample where there are enough of them; where not, the rollout asks itself, the new release
    and the old one by turns.
    """

    rollout: Rollout
    since: float
    length: float
    least: float
    replicas: tuple[Instance, ...] = ()
    new: Sample = _NOBODY
    old: Sample = _NOBODY
    own_new: list[float] = field(default_factory=list)
    own_old: list[float] = field(default_factory=list)

    def look(self) -> None:
        """See how replicas and users fare. NotPassed where the new release has died, leaks, or fails its users."""
        release, old = self.rollout.release, self.rollout.old
        served = self.rollout.context.target.traffic(release.service, self.since)
        self.new = sample(served, release.number)
        self.old = sample(served, old.number if old else 0)
        self.replicas = require_alive(self.rollout)
        if not self.rollout.first:
            self.rollout.first, self.rollout.since = self.replicas, self.since
        wrong = failing(self.new, self.old) or self._find_leak()
        if wrong:
            raise NotPassed(f"{release.service} {release.version} is worse: {wrong}")

    def ask(self) -> None:
        """One round of own requests, unless enough is known already."""
        if self._is_sure():
            return
        self.own_new.append(self._ask_one(self.rollout.release, demand=True))
        if self.rollout.old is not None:
            self.own_old.append(self._ask_one(self.rollout.old, demand=False))

    def over(self) -> bool:
        """Whether it has lasted long enough, and shown enough. NotPassed where the rollout's own time is over."""
        wanted = self.length if self._has_users() else self.least
        if self._is_sure() and self.rollout.context.clock.monotonic() >= self.since + wanted:
            return True
        if self.rollout.left() <= 0:
            reason = f"too little was seen of it within {self.rollout.release.spec.rollout.within}"
            raise NotPassed(reason, Outcome.INCONCLUSIVE)
        return False

    def pause(self) -> None:
        """Until the next look."""
        context = self.rollout.context
        left = self.since + self.length - context.clock.monotonic()
        context.pause(min(_LOOK_SECONDS, max(0.0, left)) or context.target.poll)

    def find_lag(self) -> str:
        """Why the new release seems slow; empty where it does not."""
        return lagging(self.new, self.old) or slower(self.own_new, self.own_old)

    def again(self) -> "Span":
        """The span after this one, never a short one: whoever looks twice looks well."""
        length = max(self.length, _LEAST_SPAN)
        return Span(self.rollout, self.rollout.context.clock.monotonic(), length, length)

    def summary(self) -> str:
        """What was seen, in a line."""
        own, replicas = len(self.own_new), len(self.replicas)
        rounds = f"{own} round{'s' * (own != 1)} of its own checks"
        return f"{self.new.requests} users' requests, {rounds}, {replicas} replica{'s' * (replicas != 1)}"

    def _has_users(self) -> bool:
        return bool(self.new.requests or self.old.requests)

    def _is_sure(self) -> bool:
        if not checks_of(self.rollout.release.spec):
            return True
        return bool(self.own_new) and (self.new.requests >= ENOUGH or len(self.own_new) >= _ROUNDS)

    def _ask_one(self, release: Release, demand: bool) -> float:
        """Run the new release's checks through the front door; the seconds that the answers took."""
        context, judged = self.rollout.context, self.rollout.release
        front = partial(context.target.front, release)
        result = suite(context, judged, front, checks_of(judged.spec), pause=self._look_on, attend=self.rollout.attend)
        if demand:
            require_pass(result, release.service)
        return seconds(result)

    def _look_on(self, seconds: float) -> None:
        """Between two tries of a check users are looked after all the same."""
        context = self.rollout.context
        until = context.clock.monotonic() + seconds
        while context.clock.monotonic() < until:
            self.look()
            context.pause(min(_LOOK_SECONDS, seconds))

    def _find_leak(self) -> str:
        """Leaks show over the whole of the traffic, not within one step of it."""
        if not any(each.open_files for each in self.replicas):
            return ""
        release = self.rollout.release
        served = self.rollout.context.target.traffic(release.service, self.rollout.since)
        return leaks(self.rollout.first, self.replicas, sample(served, release.number).requests)


def watch(rollout: Rollout, since: float, length: float, least: float) -> str:
    """Judge the new release span by span until one is good, and say what was seen. NotPassed as soon as it fails, and
    when it is slow for several spans on end: a machine that was busy for a moment is no reason."""
    span, slow = Span(rollout, since, length, least), 0
    while True:
        span.look()
        if not span.over():
            span.ask()
            span.pause()
        elif lag := span.find_lag():
            slow = _count_slow(rollout, slow, lag)
            span = span.again()
        else:
            rollout.without_users = not (span.new.requests or span.old.requests)
            return span.summary()


def _count_slow(rollout: Rollout, before: int, lag: str) -> int:
    release = rollout.release
    if before + 1 == _SLOW_SPANS:
        raise NotPassed(f"{release.service} {release.version} is slow: {lag}")
    rollout.context.tell(release.service, "judging", f"looking again: {lag}")
    return before + 1
