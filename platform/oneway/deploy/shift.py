"""Traffic by steps, each judged by what users get from the new release and from the old."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from ..targets.base import Instance, Outcome, Release
from .desk import checks_of
from .gate import require_alive, require_pass, seconds, suite
from .journal import Journal, Refused
from .judge import ENOUGH, Sample, failing, lagging, leaks, sample, slower

_ROUNDS = 3
_SLOW_SPANS = 3
_LEAST_SPAN = 0.5
_QUIET_SPAN = 0.3
_LOOK_SECONDS = 0.1


def percents(journal: Journal) -> tuple[int, ...]:
    """The declared steps, ending at 100. With nothing to compare with, all at once."""
    if journal.old is None:
        return (100,)
    steps = sorted(set(journal.release.spec.rollout.steps))
    return tuple(steps) if steps and steps[-1] == 100 else (*steps, 100)


def to(percent: int) -> Callable[[Journal], str]:
    """The step that gives the new release that share, and judges it for one interval."""

    def step(journal: Journal) -> str:
        since = journal.desk.clock.monotonic()
        if percent != 100 and journal.quiet:
            return "left out: nobody is there who could be asked for less than all"
        journal.desk.target.shift(journal.release, journal.old, percent)
        interval = journal.release.spec.rollout.interval
        return _watch(journal, since, interval, least=min(interval, _QUIET_SPAN))

    return step


def verify(journal: Journal) -> str:
    """Its checks pass through the front door, as users come in."""
    desk, release = journal.desk, journal.release
    checks = checks_of(release.spec)
    if checks:
        require_pass(suite(desk, release, partial(desk.target.front, release), checks), release.service)
    require_alive(journal)
    return "through the front door"


def bake(journal: Journal) -> str:
    """It goes on well for the declared time, with all of the traffic: also where that was taken from it meanwhile."""
    if journal.resumed:
        journal.desk.target.shift(journal.release, journal.old, 100)
    span = journal.release.spec.rollout.bake
    return _watch(journal, journal.desk.clock.monotonic(), span, least=span)


@dataclass(slots=True)
class _Own:
    """The rollout's own requests: the same checks to the new and to the old release by turns."""

    new: list[float] = field(default_factory=list)
    old: list[float] = field(default_factory=list)


def _watch(journal: Journal, since: float, span: float, least: float) -> str:
    """Judge until the span is over and the sample is large enough. Users' requests are the sample where there are
    enough of them; where not, the rollout asks itself, and where there is nobody at all to wait for, `least` is long
    enough. Refused as soon as the new release fails, and when it is slow for several spans on end: a machine that was
    busy for a moment is no reason."""
    desk, own = journal.desk, _Own()
    until, slow = since + span, 0
    if not journal.first:
        journal.first, journal.since = require_alive(journal), since
    while True:
        now, new, old = _look(journal, since)
        enough = bool(own.new) and (new.requests >= ENOUGH or len(own.new) >= _ROUNDS)
        over = until if new.requests or old.requests else until - span + least
        if (enough or not checks_of(journal.release.spec)) and desk.clock.monotonic() >= over:
            lag = lagging(new, old) or slower(own.new, own.old)
            if not lag:
                journal.quiet = not (new.requests or old.requests)
                return _summary(now, new.requests, len(own.new))
            slow += 1
            if slow == _SLOW_SPANS:
                raise Refused(f"{journal.release.service} {journal.release.version} is slow: {lag}")
            desk.tell(journal.release.service, "judging", f"looking again: {lag}")
            since, own, enough = desk.clock.monotonic(), _Own(), False
            span = least = max(span, _LEAST_SPAN)
            until = since + span
        if journal.left() <= 0:
            reason = f"too little was seen of it within {journal.release.spec.rollout.within}"
            raise Refused(reason, Outcome.INCONCLUSIVE)
        if not enough:
            _ask(journal, own, partial(_look, journal, since))
        desk.pause(min(_LOOK_SECONDS, max(0.0, until - desk.clock.monotonic())) or desk.target.poll)


def _look(journal: Journal, since: float) -> tuple[tuple[Instance, ...], Sample, Sample]:
    """How the replicas and the users fare. Refused where the new release has died, leaks, or fails its users."""
    served = journal.desk.target.traffic(journal.release.service, since)
    new = sample(served, journal.release.number)
    old = sample(served, journal.old.number if journal.old else 0)
    now = require_alive(journal)
    wrong = failing(new, old) or _leaking(journal, now)
    if wrong:
        raise Refused(f"{journal.release.service} {journal.release.version} is worse: {wrong}")
    return now, new, old


def _leaking(journal: Journal, now: Sequence[Instance]) -> str:
    """Leaks show over the whole of the traffic, not within one step of it."""
    if not any(each.open_files for each in now):
        return ""
    served = journal.desk.target.traffic(journal.release.service, journal.since)
    return leaks(journal.first, now, sample(served, journal.release.number).requests)


def _ask(journal: Journal, own: _Own, look: Callable[[], object]) -> None:
    """One round of own requests; between tries of a check, `look` is asked how users fare."""
    checks = checks_of(journal.release.spec)
    if not checks:
        return
    own.new.append(_round(journal, journal.release, look, demand=True))
    if journal.old is not None:
        own.old.append(_round(journal, journal.old, look, demand=False))


def _round(journal: Journal, release: Release, look: Callable[[], object], demand: bool) -> float:
    """One run of the new release's checks through the front door; the seconds that the answers took."""
    desk = journal.desk

    def pause(seconds: float) -> None:
        until = desk.clock.monotonic() + seconds
        while desk.clock.monotonic() < until:
            look()
            desk.pause(min(_LOOK_SECONDS, seconds))

    front = partial(desk.target.front, release)
    result = suite(desk, journal.release, front, checks_of(journal.release.spec), pause=pause)
    if demand:
        require_pass(result, release.service)
    return seconds(result)


def _summary(now: tuple[Instance, ...], users: int, own: int) -> str:
    rounds = f"{own} round{'s' * (own != 1)} of its own checks"
    return f"{users} users' requests, {rounds}, {len(now)} replica{'s' * (len(now) != 1)}"
