"""After a crash or a reboot: finish what was cut off, and bring back what should serve."""

from ..errors import OnewayError
from ..targets.base import Holder, Outcome, Release, State, Step
from ..targets.tasks import BEFORE
from .context import Context
from .events import Event, EventKind
from .history import UNFINISHED, last_committed, live, met_users, unfinished_release
from .journal import Journal
from .rollout import Rollout
from .story import end_rollback, retire, roll_back


def unfinished(context: Context, service: str) -> Release | None:
    """The release of the service whose rollout was cut off, when nobody is at work on it."""
    if context.records.holder(service) is not None:
        return None
    return unfinished_release(context.records.releases(service))


def recover(context: Context, service: str, resume: str | None = None) -> Release | None:
    """Finish a rollout that was cut off; the caller holds the lock. The release to carry on with, when its digest is
    `resume`: then what was half done is cleared away, and no more. A committed release is kept, any other is taken
    back."""
    releases = context.records.releases(service)
    cut = unfinished_release(releases)
    if cut is None:
        return None
    old = live([each for each in releases if each.number != cut.number])
    rollout = Rollout(Journal(context, cut), old)
    if cut.state is State.UNDER_WAY and cut.digest == resume:
        return _cleared(rollout)
    if cut.state is State.LIVE:
        retire(rollout)
    elif cut.state is State.ROLLING_BACK:
        end_rollback(rollout)
    else:
        roll_back(rollout, "cut off before it had passed its gate", State.INTERRUPTED)
    return None


def bring_up(context: Context, service: str, start: bool = False) -> str:
    """Bring the service to what its records say: the live release whole and alone, or nothing; which, in words.
    With `start` the release that was stopped by hand is live again, as soon as it has all that it runs from."""
    with context.records.lock(service, Holder(context.who, context.clock.now())):
        recover(context, service)
        releases = context.records.releases(service)
        stopped = last_committed(releases)
        again = start and stopped is not None and stopped.state is State.STOPPED
        current = stopped if again else live(releases)
        if current is not None:
            context.target.prepare(current, lambda text: context.tell(service, "up", text))
            if again:
                current = _live_again(context, current)
        context.target.settle(service, current)
    if current is not None:
        return f"{current.version} serves"
    if stopped is not None:
        return f"{stopped.version} was stopped by hand: `platform up {service}` starts it again"
    return f"nothing is meant to run: `platform deploy {service}` starts it"


def stop(context: Context, service: str) -> str:
    """Nothing of the service runs any more; its records stay."""
    with context.records.lock(service, Holder(context.who, context.clock.now())):
        releases = context.records.releases(service)
        for each in releases:
            if each.state in UNFINISHED:
                state = State.INTERRUPTED
                Journal(context, each).become(state=state, reason="stopped by hand", ended=context.clock.now())
        current = live(context.records.releases(service))
        if current is not None:
            Journal(context, current).become(state=State.STOPPED)
        try:
            context.target.settle(service, None)
        except OnewayError as error:
            context.report(Event(service, EventKind.RESULT, "stop", error.message, Outcome.FAIL))
            raise
    return f"{current.version} is stopped" if current else "nothing was running"


def _cleared(rollout: Rollout) -> Release:
    """The release without what its killed rollout left half done, which would be judged in its place: from the
    beginning again, unless users may be with it already."""
    release, target = rollout.release, rollout.context.target
    keep = [] if rollout.old is None else [rollout.old]
    if met_users(release):
        target.clear(release.service, [*keep, release])
    else:
        target.clear(release.service, keep)
        rollout.journal.become(steps=tuple(each for each in _passed(release) if each.name == BEFORE))
    return rollout.release


def _passed(release: Release) -> tuple[Step, ...]:
    """The steps of before, those that passed: what ran once is not run again."""
    return tuple(each for each in release.steps if each.outcome is Outcome.PASS)


def _live_again(context: Context, stopped: Release) -> Release:
    journal = Journal(context, stopped)
    journal.become(state=State.LIVE, since=context.clock.now())
    return journal.release
