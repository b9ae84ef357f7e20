"""Whether a window held its goal, and how plainly not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .goal import Goal
from .window import Window, trend

_GROWTH: Final = 0.03
"""A queue that gets longer by this many seconds each second is filled 3% faster than it is emptied."""
_CERTAIN: Final = 4.0
"""How many standard errors a growth must be away from none."""
_PLAIN: Final = 5
"""Times the goal's share, or its growth, at which looking twice is for nothing."""
_FEW: Final = 3
_ENOUGH: Final = 500


@dataclass(frozen=True, slots=True)
class Holding:
    """Whether the goal was held; if not, why, and whether that is `plain`: beyond what a hiccup does."""

    held: bool
    reason: str = ""
    plain: bool = False


HELD: Final = Holding(True)


def judge(window: Window, goal: Goal) -> Holding:
    """Errors first, then the latencies, then whether the queue gets longer and longer."""
    if not window.replies:
        return Holding(False, "nothing was answered", plain=True)
    return _judge_errors(window, goal) or _judge_latency(window, goal) or _judge_queue(window) or HELD


def is_hopeless(so_far: Window, waiting: Sequence[float], goal: Goal) -> bool:
    """Whether a window that is not over yet has plainly lost its goal, and need not be finished. `waiting` has the
    seconds that requests without an answer have waited."""
    all_of_it = max(1.0, so_far.rate * so_far.seconds)
    if so_far.faults >= max(_FEW, _PLAIN * goal.errors * all_of_it):
        return True
    for percent, seconds in goal.latency:
        slow = so_far.slower(seconds) + sum(1 for each in waiting if each > seconds)
        if slow >= max(_FEW, _too_many(percent, all_of_it)):
            return True
    growth, error = trend(so_far.replies[:: 1 + len(so_far.replies) // _ENOUGH])
    half = bool(so_far.replies) and so_far.replies[-1].due > so_far.seconds / 2
    return half and growth > 2 * _PLAIN * _GROWTH and growth > _CERTAIN * error


def _too_many(percent: float, requests: float) -> float:
    """So many slow ones are no hiccup: some times what is allowed, and half of what is not at the most."""
    allowed = (1 - percent / 100) * requests
    return min(_PLAIN * allowed, (allowed + requests) / 2) - 1e-9


def _judge_errors(window: Window, goal: Goal) -> Holding | None:
    if window.errors <= goal.errors:
        return None
    first = next(each.fault for each in window.replies if each.fault)
    plain = window.faults >= _FEW and window.errors > _PLAIN * goal.errors
    return Holding(False, f"{window.faults} of {len(window.replies)} requests failed: {first}", plain)


def _judge_latency(window: Window, goal: Goal) -> Holding | None:
    for percent, seconds in goal.latency:
        slow, allowed = window.slower(seconds), (1 - percent / 100) * len(window.replies)
        if slow > allowed + 1e-9:
            took = window.quantile(percent) or 0.0
            reason = f"p{percent:g} is {took * 1000:.4g} ms, over {seconds * 1000:.4g} ms"
            return Holding(False, reason, slow >= max(_FEW, _too_many(percent, len(window.replies))))
    return None


def _judge_queue(window: Window) -> Holding | None:
    growth, error = trend(window.replies)
    if growth <= _GROWTH or growth <= _CERTAIN * error:
        return None
    reason = f"requests come {growth:.0%} faster than they are answered"
    return Holding(False, reason, growth > _PLAIN * _GROWTH)
