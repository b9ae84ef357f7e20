"""Whose fault a bad look was: counted only when that is known, so that what a callee cost is never a service's own."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import inf

from .causes import Blame, Condition, Part
from .look import Look


class Fault(StrEnum):
    """Why a look was bad. `told`: an incident of the service itself stands for it; `callee`: one of those that it
    needs; `own`: nothing else, as with a failure too short for an incident."""

    OWN = "own"
    TOLD = "told"
    CALLEE = "callee"


def attribute(
    held: Sequence[Look],
    blame: Blame | None,
    conditions: Mapping[str, Condition],
    required: Iterable[str],
    last_bad: Mapping[str, float],
    now: float,
) -> Fault | None:
    """The fault of a service's bad looks, in order, which were not counted yet; None while that is not known.

    `blame` is its part, where it is found to fail; `last_bad` says when each service was seen bad last. Where it
    recovered before it was found to fail, those that it needs are waited for: whoever of them was seen bad within its
    own window is the cause, also where its look came later.
    """
    if blame is not None:
        return {Part.OWN: Fault.TOLD, Part.BLOCKED: Fault.CALLEE, Part.WAITING: None}[blame.part]
    service, began, ended = held[0].service, held[0].began, held[-1].ended
    condition = conditions.get(service)
    if condition is not None and condition.leaning:
        return None
    named = {look.callee for look in held}
    asked = [conditions[each] for each in {*required, *named} - {service} if each in conditions]
    if any(each.bad or each.leaning or last_bad.get(each.service, -inf) >= began - each.window for each in asked):
        return Fault.CALLEE
    if any(each.known and each.good_since <= ended and now < ended + each.window for each in asked):
        return None
    return Fault.OWN
