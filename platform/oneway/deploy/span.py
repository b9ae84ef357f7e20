"""One stretch of time in which the new release is judged beside the old one: look, ask, and see whether it is over."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ..targets.base import Instance, Outcome, Release
from .desk import checks_of
from .gate import require_alive, require_pass, seconds, suite
from .journal import Journal, Refused
from .judge import ENOUGH, Sample, failing, lagging, leaks, sample, slower

_ROUNDS: Final = 3
_SLOW_SPANS: Final = 3
_LEAST_SPAN: Final = 0.5
_LOOK_SECONDS: Final = 0.1
_NOBODY: Final = Sample(0, 0, ())


@dataclass(slots=True)
class Traffic:
    """What is known of a rollout's traffic from one step to the next: how the new replicas were when it began, when
    that was, and whether no user at all was seen in the last step."""

    first: tuple[Instance, ...] = ()
    since: float = 0.0
    quiet: bool = False


@dataclass(slots=True)
class Span:
    """The stretch from `since` on, `length` seconds long, or `least` where no user is there to wait for.

    Users' requests are the sample where there are enough of them; where not, the rollout asks itself, the new release
    and the old one by turns.
    """

    journal: Journal
    traffic: Traffic
    since: float
    length: float
    least: float
    replicas: tuple[Instance, ...] = ()
    new: Sample = _NOBODY
    old: Sample = _NOBODY
    own_new: list[float] = field(default_factory=list)
    own_old: list[float] = field(default_factory=list)

    def look(self) -> None:
        """See how replicas and users fare. Refused where the new release has died, leaks, or fails its users."""
        release, old = self.journal.release, self.journal.old
        served = self.journal.desk.target.traffic(release.service, self.since)
        self.new = sample(served, release.number)
        self.old = sample(served, old.number if old else 0)
        self.replicas = require_alive(self.journal)
        if not self.traffic.first:
            self.traffic.first, self.traffic.since = self.replicas, self.since
        wrong = failing(self.new, self.old) or self._find_leak()
        if wrong:
            raise Refused(f"{release.service} {release.version} is worse: {wrong}")

    def ask(self) -> None:
        """One round of own requests, unless enough is known already."""
        if self._is_sure():
            return
        self.own_new.append(self._ask_one(self.journal.release, demand=True))
        if self.journal.old is not None:
            self.own_old.append(self._ask_one(self.journal.old, demand=False))

    def over(self) -> bool:
        """Whether it has lasted long enough, and shown enough. Refused where the rollout's own time is over."""
        wanted = self.length if self._has_users() else self.least
        if self._is_sure() and self.journal.desk.clock.monotonic() >= self.since + wanted:
            return True
        if self.journal.left() <= 0:
            reason = f"too little was seen of it within {self.journal.release.spec.rollout.within}"
            raise Refused(reason, Outcome.INCONCLUSIVE)
        return False

    def pause(self) -> None:
        """Until the next look."""
        desk = self.journal.desk
        left = self.since + self.length - desk.clock.monotonic()
        desk.pause(min(_LOOK_SECONDS, max(0.0, left)) or desk.target.poll)

    def find_lag(self) -> str:
        """Why the new release seems slow; empty where it does not."""
        return lagging(self.new, self.old) or slower(self.own_new, self.own_old)

    def again(self) -> "Span":
        """The span after this one, never a short one: whoever looks twice looks well."""
        length = max(self.length, _LEAST_SPAN)
        return Span(self.journal, self.traffic, self.journal.desk.clock.monotonic(), length, length)

    def summary(self) -> str:
        """What was seen, in a line."""
        own, replicas = len(self.own_new), len(self.replicas)
        rounds = f"{own} round{'s' * (own != 1)} of its own checks"
        return f"{self.new.requests} users' requests, {rounds}, {replicas} replica{'s' * (replicas != 1)}"

    def _has_users(self) -> bool:
        return bool(self.new.requests or self.old.requests)

    def _is_sure(self) -> bool:
        if not checks_of(self.journal.release.spec):
            return True
        return bool(self.own_new) and (self.new.requests >= ENOUGH or len(self.own_new) >= _ROUNDS)

    def _ask_one(self, release: Release, demand: bool) -> float:
        """Run the new release's checks through the front door; the seconds that the answers took."""
        desk, judged = self.journal.desk, self.journal.release
        front = partial(desk.target.front, release)
        result = suite(desk, judged, front, checks_of(judged.spec), pause=self._look_on)
        if demand:
            require_pass(result, release.service)
        return seconds(result)

    def _look_on(self, seconds: float) -> None:
        """Between two tries of a check users are looked after all the same."""
        desk = self.journal.desk
        until = desk.clock.monotonic() + seconds
        while desk.clock.monotonic() < until:
            self.look()
            desk.pause(min(_LOOK_SECONDS, seconds))

    def _find_leak(self) -> str:
        """Leaks show over the whole of the traffic, not within one step of it."""
        if not any(each.open_files for each in self.replicas):
            return ""
        release = self.journal.release
        served = self.journal.desk.target.traffic(release.service, self.traffic.since)
        return leaks(self.traffic.first, self.replicas, sample(served, release.number).requests)


def watch(journal: Journal, traffic: Traffic, since: float, length: float, least: float) -> str:
    """Judge the new release span by span until one is good; what was seen. Refused as soon as it fails, and when it is
    slow for several spans on end: a machine that was busy for a moment is no reason."""
    span, slow = Span(journal, traffic, since, length, least), 0
    while True:
        span.look()
        if not span.over():
            span.ask()
            span.pause()
        elif lag := span.find_lag():
            slow = _count_slow(journal, slow, lag)
            span = span.again()
        else:
            traffic.quiet = not (span.new.requests or span.old.requests)
            return span.summary()


def _count_slow(journal: Journal, before: int, lag: str) -> int:
    release = journal.release
    if before + 1 == _SLOW_SPANS:
        raise Refused(f"{release.service} {release.version} is slow: {lag}")
    journal.desk.tell(release.service, "judging", f"looking again: {lag}")
    return before + 1
