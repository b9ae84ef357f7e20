"""Whether the replicas that are being measured are still the ones that they were: started once, and as many."""

from collections.abc import Callable
from itertools import islice

from .base import Condition, Instance, Placement, Target

_PATIENCE = 1.0


def tell_changes(target: Target, placement: Placement, replicas: int | None = None) -> Callable[[], str]:
    """Says what has changed since this was made, nothing while nothing has: of so many replicas, or of all."""

    def seen() -> dict[str, Instance]:
        return {each.name: each for each in islice(target.observe(placement, _PATIENCE), replicas)}

    before = seen()
    return lambda: _describe(before, seen())


def _describe(before: dict[str, Instance], now: dict[str, Instance]) -> str:
    if gone := before.keys() - now.keys():
        return f"{min(gone)} is gone"
    if added := now.keys() - before.keys():
        return f"{min(added)} was added"
    for name, each in now.items():
        if each.condition is Condition.FAILED:
            return f"{name} has ended: {each.reason}"
        if (each.restarts, each.since) != (before[name].restarts, before[name].since):
            return f"{name} was started again{f': {each.reason}' if each.reason else ''}"
    return ""
