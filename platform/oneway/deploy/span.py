"""One stretch of time in which the new release is judged beside the old one: look, ask, and see whether it is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from ..probe import Answer, Outgoing, Send
from ..targets.base import Condition, Instance, Outcome, Release, Served
from .context import checks_of
from .gate import require_pass, seconds, suite
from .judge import (
    ENOUGH,
    NOBODY,
    Sample,
    doubt_answers,
    failing,
    find_goal,
    find_patience,
    hanging,
    lagging,
    leaks,
    sample,
    slower,
    tell_waiting,
)
from .pulse import feel_pulse
from .rollout import NotPassed, Rollout

_ROUNDS: Final = 3
_DOUBTFUL_SPANS: Final = 3
_LEAST_SPAN: Final = 0.5
_LOOK_SECONDS: Final = 0.1
_LEAST_WAIT: Final = 0.2
_DOUBTFUL: Final = 0.2
_SURE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why one more span is needed, and whether that is reason enough to refuse when it stays so."""

    reason: str
    serious: bool


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
    new: Sample = NOBODY
    old: Sample = NOBODY
    before: Sample = NOBODY
    own_new: list[float] = field(default_factory=list)
    own_old: list[float] = field(default_factory=list)
    looked: float = 0.0
    asking: tuple[int, float] | None = None

    def look(self) -> None:
        """See how users and replicas fare. NotPassed where the new release fails users, hangs, has died or leaks.

        Users come first: a replica that hangs keeps whoever asks it waiting, and they must not wait as long as that.
        """
        release, traffic = self.rollout.release, self.rollout.traffic
        if not traffic.first:
            self._begin()
        if not self.looked:
            _, self.before = self._sample(float("-inf"))
        self.new, self.old = self._sample(self.since)
        traffic.looks += 1
        beside, patience = self._beside(), find_patience(release.spec)
        self._require(failing(self.new, beside, traffic.looks) or hanging(self.new, beside, patience, traffic.looks))
        self.replicas = feel_pulse(self.rollout, self.replicas)
        self.looked = self.rollout.context.clock.monotonic()
        self._require(self._find_leak())

    def ask(self) -> None:
        """One round of own requests, unless enough is known already."""
        if self._is_sure():
            return
        self.own_new.append(self._ask_one(self.rollout.release, demand=True))
        if self.rollout.beside is not None:
            self.own_old.append(self._ask_one(self.rollout.beside, demand=False))

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

    def find_doubt(self) -> Doubt | None:
        """Why the new release seems slow, or seems to hang; None where it does not."""
        if lag := lagging(self.new, self.old) or slower(self.own_new, self.own_old):
            return Doubt(f"slow: {lag}", serious=True)
        wait = min(find_patience(self.rollout.release.spec), max(_LEAST_WAIT, self.length / 2))
        chance = doubt_answers(self.new, self._beside(), wait)
        if chance >= _DOUBTFUL:
            return None
        return Doubt(f"worse: {tell_waiting(self.new, self._beside(), wait)}", serious=chance < _SURE)

    def again(self) -> "Span":
        """The span after this one, never a short one: whoever looks twice looks well."""
        length = max(self.length, _LEAST_SPAN)
        return Span(self.rollout, self.rollout.context.clock.monotonic(), length, length)

    def summary(self) -> str:
        """What was seen, in a line."""
        own, replicas = len(self.own_new), len(self.replicas)
        rounds = f"{own} round{'s' * (own != 1)} of its own checks"
        return f"{self.new.requests} users' requests, {rounds}, {replicas} replica{'s' * (replicas != 1)}"

    def _require(self, wrong: str) -> None:
        if wrong:
            release = self.rollout.release
            raise NotPassed(f"{release.service} {release.version} is worse: {wrong}")

    def _begin(self) -> None:
        """Keep how all was before users came to the new release."""
        traffic = self.rollout.traffic
        traffic.first, traffic.since = feel_pulse(self.rollout, ()), self.since

    def _sample(self, since: float) -> tuple[Sample, Sample]:
        release, old = self.rollout.release, self.rollout.beside
        served = self._without_own(self.rollout.context.target.traffic(release.service, since))
        goal = find_goal(release.spec)
        return sample(served, release.number, goal), sample(served, old.number if old else 0, goal)

    def _without_own(self, served: Sequence[Served]) -> Sequence[Served]:
        """Among the requests under way may be the rollout's own: the oldest that has not waited longer than that."""
        if self.asking is None:
            return served
        release, since = self.asking
        asked = self.rollout.context.clock.monotonic() - since
        waiting = [each for each in served if each.waiting and each.release == release and each.seconds <= asked]
        others = list(served)
        if waiting:
            others.remove(max(waiting, key=lambda each: each.seconds))
        return others

    def _beside(self) -> Sample:
        """What the new release is compared with: what users get from the old one meanwhile, else all that they got."""
        return self.old if self.old.asked >= min(ENOUGH, self.before.asked) else self.before

    def _has_users(self) -> bool:
        return bool(self.new.asked or self.old.asked)

    def _is_sure(self) -> bool:
        if any(each.condition is not Condition.READY for each in self.replicas):
            return False
        if not checks_of(self.rollout.release.spec):
            return True
        return bool(self.own_new) and (self.new.requests >= ENOUGH or len(self.own_new) >= _ROUNDS)

    def _ask_one(self, release: Release, demand: bool) -> float:
        """Run the new release's checks through the front door; the seconds that the answers took."""
        context, judged = self.rollout.context, self.rollout.release
        self.asking = (release.number, context.clock.monotonic())
        front = _limit(partial(context.target.front, release), self._longest_answer())
        checks = checks_of(judged.spec)
        result = suite(context, judged, front, checks, pause=self._look_on, attend=self._attend)
        self.asking = None
        if demand:
            require_pass(result, release.service)
        return seconds(result)

    def _attend(self) -> None:
        """While an own request waits for its answer users are looked after all the same."""
        self.rollout.attend()
        if self.rollout.context.clock.monotonic() - self.looked >= _LOOK_SECONDS:
            self.look()

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
        served = self.rollout.context.target.traffic(release.service, self.rollout.traffic.since)
        return leaks(self.rollout.traffic.first, self.replicas, sample(served, release.number).requests)

    def _longest_answer(self) -> float:
        """How long an own request may take while users wait for the same release: what its checks allow, and where they
        allow nothing in particular what its goal says, or what it took alone."""
        spec = self.rollout.release.spec
        allowed = [max(2 * each.expect.within, each.expect.within + 1) for each in spec.checks if each.expect.within]
        return max([find_patience(spec), self.rollout.traffic.alone * 4, *allowed])


def watch(rollout: Rollout, since: float, length: float, least: float) -> str:
    """Judge the new release span by span until one is good, and say what was seen. NotPassed as soon as it fails, and
    when it is slow for several spans on end: a machine that was busy for a moment is no reason."""
    span, doubts = Span(rollout, since, length, least), 0
    while True:
        span.look()
        if not span.over():
            span.ask()
            span.pause()
        elif (doubt := span.find_doubt()) and doubts + 1 < _DOUBTFUL_SPANS:
            doubts += 1
            rollout.context.tell(rollout.release.service, "judging", f"looking again: it is {doubt.reason}")
            span = span.again()
        elif doubt and doubt.serious:
            raise NotPassed(f"{rollout.release.service} {rollout.release.version} is {doubt.reason}")
        else:
            rollout.traffic.without_users = not (span.new.asked or span.old.asked)
            return span.summary()


def _limit(sender: Callable[[str | None], Send], longest: float) -> Callable[[str | None], Send]:
    """The same ways, on which nobody waits longer than that."""

    def limited(endpoint: str | None) -> Send:
        send = sender(endpoint)

        def shortly(outgoing: Outgoing) -> Answer:
            return send(replace(outgoing, timeout=min(outgoing.timeout, longest)))

        return shortly

    return limited
