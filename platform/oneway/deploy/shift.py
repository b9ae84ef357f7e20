"""Traffic by steps, each judged by what users get from the new release and from the old."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..targets.base import Instance, Outcome, Release
from .context import checks_of
from .gate import require_alive, require_pass, seconds, suite
from .judge import ENOUGH, Sample, failing, lagging, leaks, sample, slower
from .rollout import NotPassed, Rollout

_ROUNDS = 3
_SLOW_SPANS = 3
_LEAST_SPAN = 0.5
_UNSEEN_SPAN = 0.3
_LOOK_SECONDS = 0.1


def percents(rollout: Rollout) -> tuple[int, ...]:
    """The declared steps, ending at 100. With nothing to compare with, all at once."""
    if rollout.old is None:
        return (100,)
    steps = sorted(set(rollout.release.spec.rollout.steps))
    return tuple(steps) if steps and steps[-1] == 100 else (*steps, 100)


def to(percent: int) -> Callable[[Rollout], str]:
    """The step that gives the new release that share, and judges it for one interval."""

    def step(rollout: Rollout) -> str:
        since = rollout.context.clock.monotonic()
        if percent != 100 and rollout.without_users:
            return "left out: nobody is there who could be asked for less than all"
        rollout.context.target.shift(rollout.release, rollout.old, percent)
        interval = rollout.release.spec.rollout.interval
        return _watch(rollout, since, interval, least=min(interval, _UNSEEN_SPAN))

    return step


def verify(rollout: Rollout) -> str:
    """Its checks pass through the front door, as users come in."""
    context, release = rollout.context, rollout.release
    checks = checks_of(release.spec)
    if checks:
        require_pass(suite(context, release, partial(context.target.front, release), checks), release.service)
    require_alive(rollout)
    return "through the front door"


def bake(rollout: Rollout) -> str:
    """It goes on well for the declared time, with all of the traffic: also where that was taken from it meanwhile."""
    if rollout.resumed:
        rollout.context.target.shift(rollout.release, rollout.old, 100)
    span = rollout.release.spec.rollout.bake
    return _watch(rollout, rollout.context.clock.monotonic(), span, least=span)


@dataclass(slots=True)
class _Own:
    """The rollout's own requests: the same checks to the new and to the old release by turns."""

    new: list[float] = field(default_factory=list)
    old: list[float] = field(default_factory=list)


def _watch(rollout: Rollout, since: float, span: float, least: float) -> str:
    """Judge until the span is over and the sample is large enough. Users' requests are the sample where there are
    enough of them; where not, the rollout asks itself, and where there is nobody at all to wait for, `least` is long
    enough. NotPassed as soon as the new release fails, and when it is slow for several spans on end: a machine that was
    busy for a moment is no reason."""
    context, own = rollout.context, _Own()
    until, slow = since + span, 0
    if not rollout.first:
        rollout.first, rollout.since = require_alive(rollout), since
    while True:
        now, new, old = _look(rollout, since)
        enough = bool(own.new) and (new.requests >= ENOUGH or len(own.new) >= _ROUNDS)
        over = until if new.requests or old.requests else until - span + least
        if (enough or not checks_of(rollout.release.spec)) and context.clock.monotonic() >= over:
            lag = lagging(new, old) or slower(own.new, own.old)
            if not lag:
                rollout.without_users = not (new.requests or old.requests)
                return _summary(now, new.requests, len(own.new))
            slow += 1
            if slow == _SLOW_SPANS:
                raise NotPassed(f"{rollout.release.service} {rollout.release.version} is slow: {lag}")
            context.tell(rollout.release.service, "judging", f"looking again: {lag}")
            since, own, enough = context.clock.monotonic(), _Own(), False
            span = least = max(span, _LEAST_SPAN)
            until = since + span
        if rollout.left() <= 0:
            reason = f"too little was seen of it within {rollout.release.spec.rollout.within}"
            raise NotPassed(reason, Outcome.INCONCLUSIVE)
        if not enough:
            _ask(rollout, own, partial(_look, rollout, since))
        context.pause(min(_LOOK_SECONDS, max(0.0, until - context.clock.monotonic())) or context.target.poll)


def _look(rollout: Rollout, since: float) -> tuple[tuple[Instance, ...], Sample, Sample]:
    """How the replicas and the users fare. NotPassed where the new release has died, leaks, or fails its users."""
    served = rollout.context.target.traffic(rollout.release.service, since)
    new = sample(served, rollout.release.number)
    old = sample(served, rollout.old.number if rollout.old else 0)
    now = require_alive(rollout)
    wrong = failing(new, old) or _leaking(rollout, now)
    if wrong:
        raise NotPassed(f"{rollout.release.service} {rollout.release.version} is worse: {wrong}")
    return now, new, old


def _leaking(rollout: Rollout, now: Sequence[Instance]) -> str:
    """Leaks show over the whole of the traffic, not within one step of it."""
    if not any(each.open_files for each in now):
        return ""
    served = rollout.context.target.traffic(rollout.release.service, rollout.since)
    return leaks(rollout.first, now, sample(served, rollout.release.number).requests)


def _ask(rollout: Rollout, own: _Own, look: Callable[[], object]) -> None:
    """One round of own requests; between tries of a check, `look` is asked how users fare."""
    checks = checks_of(rollout.release.spec)
    if not checks:
        return
    own.new.append(_round(rollout, rollout.release, look, demand=True))
    if rollout.old is not None:
        own.old.append(_round(rollout, rollout.old, look, demand=False))


def _round(rollout: Rollout, release: Release, look: Callable[[], object], demand: bool) -> float:
    """One run of the new release's checks through the front door; the seconds that the answers took."""
    context = rollout.context

    def pause(seconds: float) -> None:
        until = context.clock.monotonic() + seconds
        while context.clock.monotonic() < until:
            look()
            context.pause(min(_LOOK_SECONDS, seconds))

    front = partial(context.target.front, release)
    result = suite(context, rollout.release, front, checks_of(rollout.release.spec), pause=pause)
    if demand:
        require_pass(result, release.service)
    return seconds(result)


def _summary(now: tuple[Instance, ...], users: int, own: int) -> str:
    rounds = f"{own} round{'s' * (own != 1)} of its own checks"
    return f"{users} users' requests, {rounds}, {len(now)} replica{'s' * (len(now) != 1)}"
