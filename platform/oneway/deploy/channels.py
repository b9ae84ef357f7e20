"""Who meets a service on a channel: their checks tell what nobody can ask the service itself."""

from functools import partial

from ..errors import OnewayError
from ..probe import Verdict
from ..targets.base import Release
from .context import Context
from .gate import require_pass, suite
from .history import live
from .rollout import NotPassed, Rollout


def note_failing(rollout: Rollout) -> None:
    """Remember whose checks fail already: that is not held against the new release."""
    if rollout.release.spec.endpoints:
        return
    context = rollout.context
    failing = [each.service for each in _met(context, rollout.release) if not _passes(rollout, each)]
    rollout.failing_before = frozenset(failing)


def require_met(rollout: Rollout) -> str:
    """Those that it meets on its channels pass their own checks, as users come to them; who they are, in words."""
    found = [] if rollout.release.spec.endpoints else _met(rollout.context, rollout.release)
    for each in found:
        if each.service in rollout.failing_before:
            told = f"{each.service} failed its checks before too: not held against the new release"
            rollout.context.warn(rollout.release.service, "verify", told)
            continue
        front = partial(rollout.context.target.front, each)
        try:
            require_pass(suite(rollout.context, each, front, each.spec.own_checks, attend=rollout.attend), each.service)
        except NotPassed as refusal:
            reason = f"{each.service}, which it meets on a channel, would break: {refusal.reason}"
            raise NotPassed(reason, refusal.outcome, refusal.checks) from None
    return ", ".join(each.service for each in found)


def _met(context: Context, release: Release) -> list[Release]:
    """The live releases with checks that publish what it hears, or hear what it publishes, by name."""
    spec = release.spec
    found = [live(context.records.releases(name)) for name in context.records.services() if name != release.service]
    return [
        each
        for each in found
        if each is not None
        and each.spec.own_checks
        and (set(each.spec.publishes) & set(spec.subscribes) or set(each.spec.subscribes) & set(spec.publishes))
    ]


def _passes(rollout: Rollout, release: Release) -> bool:
    front = partial(rollout.context.target.front, release)
    try:
        result = suite(rollout.context, release, front, release.spec.own_checks, attend=rollout.attend)
    except OnewayError:
        return False
    return result.verdict is Verdict.PASS
