"""One release, from its build to the retirement of the one before it, or back."""

from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from ..errors import OnewayError
from ..targets.base import Evidence, Outcome, Placement, Release, State
from . import gate, shift
from .desk import Desk, Interrupted, checks_of
from .events import Event, Kind
from .history import last_good, live
from .journal import Journal, Refused
from .span import Traffic


def roll_out(desk: Desk, release: Release, old: Release | None) -> Release:
    """Take the release through its gate to the end; the record as it then stands, LIVE or not. Idempotent by steps:
    called again with a record that was cut off, it carries on. What the gate refuses is ROLLED_BACK; what could not be
    judged, because the target failed, is INTERRUPTED. Raises Interrupted after having put the old one back."""
    journal = Journal(desk, release, old)
    try:
        _story(journal)
    except Refused as refusal:
        return put_back(journal, refusal.reason, State.ROLLED_BACK, refusal.checks)
    except OnewayError as error:
        return put_back(journal, interrupted(f"{error.message}; {error.hint}".rstrip("; ")), State.INTERRUPTED)
    except Interrupted:
        put_back(journal, interrupted("by hand"), State.INTERRUPTED)
        raise
    return retire(journal)


def _story(journal: Journal) -> None:
    rollout, spec = journal.release.spec.rollout, journal.release.spec
    journal.step("build", gate.build)
    journal.deadline = journal.desk.clock.monotonic() + rollout.within
    journal.step("start", gate.start)
    journal.step("ready", gate.ready, within=spec.health.startup.within)
    journal.step("smoke", gate.smoke, once=True)
    journal.step("callers", gate.callers, once=True)
    journal.step("replicas", gate.replicas, within=spec.health.startup.within)
    traffic = Traffic()
    for percent in shift.percents(journal):
        journal.step(f"shift {percent}%", partial(shift.shift, percent, traffic), once=True, within=rollout.interval)
    journal.step("verify", shift.verify, once=True)
    journal.step("bake", partial(shift.bake, traffic), within=rollout.bake)
    now = journal.desk.clock.now()
    journal.become(state=State.LIVE, committed=now, ended=now)


def retire(journal: Journal) -> Release:
    """Clear away everything but the live release. A failure here leaves it to the next command: the release is live."""
    desk, release = journal.desk, journal.release
    try:
        journal.step("retire", _clear)
    except (OnewayError, Interrupted) as error:
        reason = error.message if isinstance(error, OnewayError) else "interrupted"
        desk.warn(release.service, "retire", f"the old release is not cleared away yet: {reason}")
    desk.report(Event(release.service, Kind.RESULT, "live", f"{release.version} is live", Outcome.PASS))
    return journal.release


def put_back(journal: Journal, reason: str, end: State, checks: tuple[str, ...] = ()) -> Release:
    """The old release serves again, alone; what explains the failure is kept. The record says how it went."""
    desk, release, old = journal.desk, journal.release, journal.old
    journal.become_if_possible(state=State.ROLLING_BACK, committed=None, reason=reason)
    if old is not None:
        with suppress(OnewayError):
            desk.target.stop_traffic(release, old)
    desk.report(Event(release.service, Kind.BEGIN, "roll back", reason))
    journal.become_if_possible(evidence=_evidence(journal, checks))
    return finish_rollback(journal, end, old)


def interrupted(why: str) -> str:
    """The reason of a release that was put back for no fault of its own: it may be tried again as it is."""
    return f"{State.INTERRUPTED}: {why}"


def end_of(release: Release) -> State:
    """How a release ends whose putting back was cut off."""
    return State.INTERRUPTED if release.reason.startswith(interrupted("")) else State.ROLLED_BACK


def finish_rollback(journal: Journal, end: State, old: Release | None) -> Release:
    """Settle on the old release and close the record; when the target cannot, the record stays open for the next."""
    desk, release = journal.desk, journal.release
    started = desk.clock.monotonic()
    try:
        desk.target.settle(release.service, old)
    except OnewayError as error:
        desk.report(Event(release.service, Kind.END, "roll back", error.message, Outcome.FAIL))
        desk.warn(release.service, "roll back", "not finished: `platform up` carries on")
        return journal.release
    back = f"{old.version} serves again" if old else "removed: there was no release to go back to"
    seconds = desk.clock.monotonic() - started
    desk.report(Event(release.service, Kind.END, "roll back", back, Outcome.PASS, seconds))
    if old is not None:
        _look_at_old(desk, old)
    journal.become_if_possible(state=end, ended=desk.clock.now())
    desk.report(Event(release.service, Kind.RESULT, end.value, release.reason, Outcome.FAIL))
    return journal.release


def _clear(journal: Journal) -> str:
    release, target = journal.release, journal.desk.target
    target.settle(release.service, release)
    releases = journal.desk.records.releases(release.service)
    kept = [each for each in (live(releases), last_good(releases)) if each is not None]
    target.prune(release.service, kept)
    return f"{journal.old.version} is gone" if journal.old else "nothing was there before"


def _evidence(journal: Journal, checks: tuple[str, ...]) -> Evidence:
    try:
        found = journal.desk.target.evidence(Placement(journal.release))
    except OnewayError as error:
        found = Evidence(events=(f"nothing more could be found out: {error.message}",))
    return replace(found, checks=checks)


def _look_at_old(desk: Desk, old: Release) -> None:
    """Say so when the release that serves again does not pass its own checks."""
    try:
        result = gate.suite(desk, old, lambda endpoint: desk.target.front(old, endpoint), checks_of(old.spec))
    except (OnewayError, Interrupted):
        return
    for failed in result.failed:
        desk.warn(old.service, "roll back", f"{old.version} fails its own check too: {failed.name}")
