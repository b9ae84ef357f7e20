"""Traffic by steps, each judged by what users get from the new release and from the old."""

from collections.abc import Callable
from functools import partial
from typing import Final

from .channels import require_met
from .context import checks_of
from .gate import require_alive, require_pass, suite
from .rollout import Rollout, Skipped
from .span import watch

_UNSEEN_SPAN: Final = 0.3


def percents(rollout: Rollout) -> tuple[int, ...]:
    """The declared steps, ending at 100. With nothing to compare with, all at once."""
    if rollout.beside is None:
        return (100,)
    steps = sorted(set(rollout.release.spec.rollout.steps))
    return tuple(steps) if steps and steps[-1] == 100 else (*steps, 100)


def to(percent: int) -> Callable[[Rollout], str]:
    """The step that gives the new release that share, and judges it for one interval."""

    def step(rollout: Rollout) -> str:
        since = rollout.context.clock.monotonic()
        if percent != 100 and rollout.traffic.without_users:
            return Skipped("left out: nobody is there who could be asked for less than all")
        rollout.context.target.shift(rollout.release, rollout.beside, percent)
        cost = _tell_silence(rollout)
        interval = rollout.release.spec.rollout.interval
        return cost + watch(rollout, since, interval, least=min(interval, _UNSEEN_SPAN))

    return step


def _tell_silence(rollout: Rollout) -> str:
    """What it cost that the old release had to stop first."""
    if rollout.silent_since is None:
        return ""
    seconds = rollout.context.clock.monotonic() - rollout.silent_since
    rollout.silent_since = None
    return f"nobody answered for {seconds:.1f} s; "


def verify(rollout: Rollout) -> str:
    """Its checks pass through the front door, as users come in."""
    context, release = rollout.context, rollout.release
    checks = checks_of(release.spec)
    if checks:
        front = partial(context.target.front, release)
        require_pass(suite(context, release, front, checks, attend=rollout.attend), release.service)
    require_alive(rollout)
    met = require_met(rollout)
    if met:
        return f"the checks of {met} passed"
    return "through the front door" if checks else Skipped("nothing to ask it")


def bake(rollout: Rollout) -> str:
    """It goes on well for the declared time, with all of the traffic: also where that was taken from it meanwhile."""
    if rollout.resumed:
        rollout.context.target.shift(rollout.release, rollout.beside, 100)
    span = rollout.release.spec.rollout.bake
    said = watch(rollout, rollout.context.clock.monotonic(), span, least=span)
    if not rollout.release.spec.endpoints or rollout.release.spec.kind == "backing":
        require_met(rollout)
        return f"it ran for {span} without a restart; {said}"
    if checks_of(rollout.release.spec) or not rollout.traffic.without_users:
        return said
    told = f"nothing to ask it, and no user came: all that is known is that it ran for {span}"
    rollout.context.warn(rollout.release.service, "bake", told)
    return Skipped(told)
