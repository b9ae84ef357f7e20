"""After a crash or a reboot: finish what was cut off, and bring back what should serve."""

from ..errors import OnewayError
from ..targets.base import Holder, Outcome, Release, State
from .desk import Desk
from .events import Event, Kind
from .history import UNFINISHED, last_committed, live, unfinished_release
from .journal import Journal
from .rollout import end_of, finish_rollback, interrupted, put_back, retire


def unfinished(desk: Desk, service: str) -> Release | None:
    """The release of the service whose rollout was cut off, when nobody is at work on it."""
    if desk.records.holder(service) is not None:
        return None
    return unfinished_release(desk.records.releases(service))


def recover(desk: Desk, service: str, resume: str | None = None) -> Release | None:
    """Finish a rollout that was cut off; the caller holds the lock. The release to carry on with, when its digest is
    `resume`: then nothing is done here. A committed release is kept, any other is taken back."""
    releases = desk.records.releases(service)
    cut = unfinished_release(releases)
    if cut is None or (cut.state is State.UNDER_WAY and cut.digest == resume):
        return cut
    old = live([each for each in releases if each.number != cut.number])
    journal = Journal(desk, cut, old)
    if cut.state is State.LIVE:
        retire(journal)
    elif cut.state is State.ROLLING_BACK:
        finish_rollback(journal, end_of(cut), old)
    else:
        put_back(journal, interrupted("cut off before it had passed its gate"), State.INTERRUPTED)
    return None


def heal(desk: Desk, service: str, start: bool = False) -> str:
    """Bring the service to what its records say: the live release whole and alone, or nothing; which, in words.
    With `start` the release that was stopped by hand is live again, as soon as it has all that it runs from."""
    with desk.records.lock(service, Holder(desk.who, desk.clock.now())):
        recover(desk, service)
        releases = desk.records.releases(service)
        stopped = last_committed(releases)
        again = start and stopped is not None and stopped.state is State.STOPPED
        current = stopped if again else live(releases)
        if current is not None:
            desk.target.prepare(current, lambda text: desk.tell(service, "up", text))
            if again:
                current = _live_again(desk, current)
        desk.target.settle(service, current)
    if current is not None:
        return f"{current.version} serves"
    if stopped is not None:
        return f"{stopped.version} was stopped by hand: `platform up {service}` starts it again"
    return f"nothing is meant to run: `platform deploy {service}` starts it"


def stop(desk: Desk, service: str) -> str:
    """Nothing of the service runs any more; its records stay."""
    with desk.records.lock(service, Holder(desk.who, desk.clock.now())):
        releases = desk.records.releases(service)
        for each in releases:
            if each.state in UNFINISHED:
                state = State.INTERRUPTED
                Journal(desk, each, None).become(state=state, reason="stopped by hand", ended=desk.clock.now())
        current = live(desk.records.releases(service))
        if current is not None:
            Journal(desk, current, None).become(state=State.STOPPED)
        try:
            desk.target.settle(service, None)
        except OnewayError as error:
            desk.report(Event(service, Kind.RESULT, "stop", error.message, Outcome.FAIL))
            raise
    return f"{current.version} is stopped" if current else "nothing was running"


def _live_again(desk: Desk, stopped: Release) -> Release:
    journal = Journal(desk, stopped, None)
    journal.become(state=State.LIVE)
    return journal.release
