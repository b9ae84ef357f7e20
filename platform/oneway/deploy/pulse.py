"""Whether the new release stays alive and ready while users come to it, asked of its replicas themselves."""

from typing import Final

from ..errors import OnewayError
from ..probe import NoAnswer, Outgoing
from ..targets.base import Condition, Instance, Placement, Release
from .gate import require_alive
from .judge import find_patience
from .rollout import NotPassed, Rollout

_EVERY_SECONDS: Final = 1.0
_MISSES: Final = 3


def feel_pulse(rollout: Rollout, before: tuple[Instance, ...]) -> tuple[Instance, ...]:
    """The new replicas as they are now. NotPassed where one has died, has not been ready for as long as an answer may
    take, or does not say that it is alive, unless the old release is no better: then the machine or a user is to blame.

    Those seen `before` are taken again while one of them has just let somebody wait in vain: who asks it once more
    waits once more, and cannot look after users meanwhile.
    """
    if _has_just_hung(rollout):
        return before
    replicas = require_alive(rollout, find_patience(rollout.release.spec))
    _require_ready(rollout, replicas)
    if all(each.condition is Condition.READY for each in replicas):
        _require_live(rollout)
    return replicas


def _has_just_hung(rollout: Rollout) -> bool:
    """Whether a replica was first seen unready less long ago than an answer of it may take."""
    since = rollout.traffic.unready_since
    return since is not None and rollout.context.clock.monotonic() - since < find_patience(rollout.release.spec)


def _require_ready(rollout: Rollout, replicas: tuple[Instance, ...]) -> None:
    traffic, now = rollout.traffic, rollout.context.clock.monotonic()
    unready = [each for each in replicas if each.condition is Condition.UNREADY]
    if not unready:
        traffic.unready_since = None
    elif traffic.unready_since is None:
        traffic.unready_since = now
    elif now - traffic.unready_since >= find_patience(rollout.release.spec) and _is_ready(rollout, rollout.beside):
        raise NotPassed(f"{unready[0].name} is not ready any more since users came: {unready[0].reason}")


def _is_ready(rollout: Rollout, old: Release | None) -> bool:
    """Whether the old release is ready all the while; where there is none nothing else can be to blame."""
    if old is None:
        return True
    return all(each.condition is Condition.READY for each in rollout.context.target.observe(Placement(old)))


def _require_live(rollout: Rollout) -> None:
    traffic, now = rollout.traffic, rollout.context.clock.monotonic()
    if rollout.release.spec.health.live is None or now - traffic.asked_live < _EVERY_SECONDS:
        return
    traffic.asked_live = now
    why = _ask_live(rollout, rollout.release)
    traffic.missed = traffic.missed + 1 if why else 0
    if traffic.missed < _MISSES or (rollout.beside is not None and _ask_live(rollout, rollout.beside)):
        return
    raise NotPassed(f"{rollout.release.service} does not say that it is alive, {_MISSES} times on end: {why}")


def _ask_live(rollout: Rollout, release: Release) -> str:
    """Why the release does not seem to be alive; empty when it says so, or nobody can be asked."""
    health = release.spec.health
    endpoint = release.spec.endpoint(health.endpoint)
    if health.live is None or endpoint is None or endpoint.protocol != "http":
        return ""
    asked = Outgoing("GET", health.live, {}, None, find_patience(release.spec))
    try:
        status = rollout.context.target.direct(Placement(release), endpoint.name)(asked).status
    except NoAnswer as error:
        return f"{health.live} gives {error}"
    except OnewayError:
        return ""
    return "" if 200 <= status < 300 else f"{health.live} answers {status}"
