"""One release, from its build to the retirement of the one before it, or back."""

from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from ..errors import OnewayError, one_line
from ..targets.base import Evidence, Outcome, Placement, Release, State
from . import alone, carrying, channels, gate, shift
from .context import Context, Interrupted, checks_of
from .events import Event, EventKind
from .history import last_good, live, titled
from .journal import Journal
from .rollout import NotPassed, Rollout, Skipped


def roll_out(context: Context, release: Release, old: Release | None) -> Release:
    """Take the release through its gate to the end; the record as it then stands, LIVE or not. Idempotent by steps:
    called again with a record that was cut off, it carries on. What the gate refuses is ROLLED_BACK; what could not be
    judged, because the target failed, is INTERRUPTED. Raises Interrupted after having put the old one back."""
    rollout = Rollout(Journal(context, release), old)
    try:
        _story(rollout)
    except NotPassed as refusal:
        return roll_back(rollout, refusal.reason, State.ROLLED_BACK, refusal.checks)
    except OnewayError as error:
        return roll_back(rollout, f"{error.message}; {error.hint}".rstrip("; "), State.INTERRUPTED)
    except Interrupted:
        roll_back(rollout, "stopped by hand", State.INTERRUPTED)
        raise
    return retire(rollout)


def _story(rollout: Rollout) -> None:
    rules, spec = rollout.release.spec.rollout, rollout.release.spec
    _step(rollout, "build", gate.build)
    if rollout.runs_alone and spec.kind != "job":
        _step(rollout, "make room", alone.make_room)
    if spec.before is not None and rollout.release.repeats is None and rollout.release.restores is None:
        _step(rollout, "before", alone.before, once=True, within=spec.before.within)
    rollout.deadline = rollout.context.clock.monotonic() + rules.within
    if spec.kind == "job":
        _step(rollout, "trial", alone.trial, once=True, within=spec.health.startup.within)
    else:
        _take_traffic(rollout)
    now = rollout.context.clock.now()
    rollout.journal.become(state=State.LIVE, committed=now, since=now, ended=now)


def _take_traffic(rollout: Rollout) -> None:
    rules, spec = rollout.release.spec.rollout, rollout.release.spec
    channels.note_failing(rollout)
    _step(rollout, "start", gate.start)
    _step(rollout, "ready", gate.ready, within=spec.health.startup.within)
    _step(rollout, "smoke", gate.smoke, once=True)
    _step(rollout, "callers", gate.callers, once=True)
    if rules.load:
        _step(rollout, "load", carrying.carry, once=True)
    _step(rollout, "replicas", gate.replicas, within=spec.health.startup.within)
    for percent in shift.percents(rollout):
        _step(rollout, f"shift {percent}%", shift.to(percent), once=True, within=rules.interval)
    _step(rollout, "verify", shift.verify, once=True)
    _step(rollout, "bake", shift.bake, within=rules.bake)


def _step(
    rollout: Rollout,
    name: str,
    action: Callable[[Rollout], str],
    once: bool = False,
    within: float | None = None,
) -> None:
    """Do one step: recorded as begun, done, recorded as ended. A step that is judged only `once` is not judged again
    when it has passed before an interruption."""
    context, journal = rollout.context, rollout.journal
    context.check_stop()
    if once and journal.passed(name):
        return
    started = context.clock.monotonic()
    journal.begin(name, within)
    try:
        detail = action(rollout)
    except NotPassed as refusal:
        journal.end(refusal.outcome, refusal.reason, context.clock.monotonic() - started)
        raise
    except OnewayError as error:
        journal.end(Outcome.FAIL, error.message, context.clock.monotonic() - started)
        raise
    outcome = Outcome.SKIPPED if isinstance(detail, Skipped) else Outcome.PASS
    journal.end(outcome, detail, context.clock.monotonic() - started)


def retire(rollout: Rollout) -> Release:
    """Clear away everything but the live release. A failure here leaves it to the next command: the release is live."""
    context, release = rollout.context, rollout.release
    try:
        _step(rollout, "retire", _clear)
    except (OnewayError, Interrupted) as error:
        reason = error.message if isinstance(error, OnewayError) else "interrupted"
        context.warn(release.service, "retire", f"the old release is not cleared away yet: {reason}")
    context.report(Event(release.service, EventKind.RESULT, "live", f"{release.version} is live", Outcome.PASS))
    return rollout.release


def roll_back(rollout: Rollout, reason: str, end: State, checks: tuple[str, ...] = ()) -> Release:
    """The old release serves again, alone; what explains the failure is kept. `end` is how the record will end."""
    context, journal, reason = rollout.context, rollout.journal, one_line(reason)
    journal.become_if_possible(state=State.ROLLING_BACK, ends_as=end, committed=None, reason=reason)
    if rollout.old is not None:
        with suppress(OnewayError):
            context.target.stop_traffic(rollout.release, rollout.old)
    context.report(Event(rollout.release.service, EventKind.BEGIN, "roll back", reason))
    journal.become_if_possible(evidence=_evidence(rollout, checks))
    return end_rollback(rollout)


def end_rollback(rollout: Rollout) -> Release:
    """Settle on the old release and close the record; when the target cannot, the record stays open for the next."""
    context, release, old = rollout.context, rollout.release, rollout.old
    end, started = release.ends_as or State.ROLLED_BACK, context.clock.monotonic()
    try:
        context.target.settle(release.service, old)
    except OnewayError as error:
        context.report(Event(release.service, EventKind.END, "roll back", error.message, Outcome.FAIL))
        context.warn(release.service, "roll back", "not finished: `platform up` carries on")
        return release
    back = f"{titled(old)} serves again" if old else "removed: there was no release to go back to"
    seconds = context.clock.monotonic() - started
    context.report(Event(release.service, EventKind.END, "roll back", back, Outcome.PASS, seconds))
    if old is not None:
        _look_at_old(context, old)
    rollout.journal.become_if_possible(state=end, ends_as=None, ended=context.clock.now())
    context.report(Event(release.service, EventKind.RESULT, end.value, release.reason, Outcome.FAIL))
    return rollout.release


def _clear(rollout: Rollout) -> str:
    release, target = rollout.release, rollout.context.target
    target.settle(release.service, release)
    releases = rollout.context.records.releases(release.service)
    kept = [each for each in (live(releases), last_good(releases)) if each is not None]
    target.prune(release.service, kept)
    return f"{titled(rollout.old)} is gone" if rollout.old else "nothing was there before"


def _evidence(rollout: Rollout, checks: tuple[str, ...]) -> Evidence:
    try:
        found = rollout.context.target.evidence(Placement(rollout.release))
    except OnewayError as error:
        found = Evidence(events=(f"nothing more could be found out: {error.message}",))
    return replace(found, checks=checks)


def _look_at_old(context: Context, old: Release) -> None:
    """Say so when the release that serves again does not pass its own checks."""
    try:
        result = gate.suite(context, old, lambda endpoint: context.target.front(old, endpoint), checks_of(old.spec))
    except (OnewayError, Interrupted):
        return
    for failed in result.failed:
        context.warn(old.service, "roll back", f"{old.version} fails its own check too: {failed.name}")
