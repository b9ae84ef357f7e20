"""What a rollout does that is not about traffic: commands that run once, and room for what may not run side by side."""

from functools import partial

from ..targets.base import Outcome, Run, RunState, TargetError, Task, wait_while
from ..targets.tasks import BEFORE, TRIAL
from .history import titled
from .rollout import NotPassed, Rollout, Skipped

_SLACK_SECONDS = 30.0


def make_room(rollout: Rollout) -> str:
    """The old release stops before the new one starts: what they keep has one writer. Says what that costs."""
    context, old = rollout.context, rollout.old
    if old is None:
        return Skipped("nothing was there before")
    cost = f"{titled(old)} stops first, for only one may write to what it keeps: nobody answers until the new one does"
    context.warn(rollout.release.service, "make room", cost)
    rollout.silent_since = context.clock.monotonic()
    context.target.make_room(rollout.release, old)
    return f"{titled(old)} has stopped"


def before(rollout: Rollout) -> str:
    """The command that the new release wants to have run once before it starts."""
    spec = rollout.release.spec
    if spec.before is None:
        return Skipped("nothing to run")
    run = _run_once(rollout, BEFORE, spec.before.command, spec.before.within)
    return f"{spec.before.command[0]} ended well after {(run.ended or run.started) - run.started:.1f} s"


def trial(rollout: Rollout) -> str:
    """A job takes no traffic: what can be asked of it is the command that says whether it could run."""
    spec = rollout.release.spec
    if not spec.health.command:
        told = "nothing to ask it: it declares no health.command, and its first run will show"
        rollout.context.warn(rollout.release.service, "trial", told)
        return Skipped(told)
    _run_once(rollout, TRIAL, spec.health.command, spec.health.startup.within)
    return f"{spec.health.command[0]} ended well"


def _run_once(rollout: Rollout, name: str, command: tuple[str, ...], within: float) -> Run:
    """The run as it ended. NotPassed where it failed; TargetError where nobody saw its end."""
    context, release = rollout.context, rollout.release
    task = Task(release, name, command, within, str(release.number), by=context.who)
    context.target.tasks.start(task)
    look = partial(context.target.tasks.look, task)

    def running() -> bool:
        return look().state is RunState.RUNNING

    wait_while(running, within + _SLACK_SECONDS, max(context.target.poll, 0.1), context.clock, context.pause)
    run = look()
    if run.state is RunState.PASSED:
        return run
    if run.state is RunState.CUT_OFF:
        raise TargetError(
            f"`{name}` of {release.service} was cut off, and nobody knows how far it got",
            "see what it did, then deploy again: it runs anew",
        )
    reason = run.reason or f"it did not end within {within:g} s"
    raise NotPassed(f"{release.service}'s `{name}` failed: {reason}", Outcome.FAIL, run.lines)
