"""Which failing service is the cause, and which only cannot do without it: by the order of the calls, and by time.

A caller that fails waits for the verdict on those that it needs. It is blocked where one of them is down, and its own
cause where all were seen good after it had failed already. Whoever was blocked is given the time to recover, once its
callees are good; what fails on after that fails by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Need:
    """One call: who is called, and whether the caller can answer without."""

    callee: str
    required: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What the looks say of one service at one moment.

    `since` is when it was first seen bad in this row; `good_since` when the oldest of the last good looks of its checks
    began, where none leans to bad. `blamed` are the callees that its answers name. `window` are the seconds
    within which its state is known; where nobody asks it, it never is. Something `down` by hand is not asked.
    """

    service: str
    failing: bool = False
    leaning: bool = False
    down: bool = False
    since: float = 0.0
    good_since: float = float("-inf")
    blamed: frozenset[str] = frozenset()
    slow: bool = False
    known: bool = True
    window: float = 60.0

    @property
    def bad(self) -> bool:
        return self.failing or self.down


class Part(StrEnum):
    """A failing service's part in what is wrong."""

    OWN = "own"
    BLOCKED = "blocked"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Blame:
    """The part of one failing service; where it is blocked, `by` whom, and since when all of those are good again."""

    part: Part
    by: frozenset[str] = frozenset()
    freed: float | None = None


def blame(
    order: Sequence[str],
    required: Mapping[str, Iterable[str]],
    conditions: Mapping[str, Condition],
    before: Mapping[str, Blame],
    now: float,
    attended: float = float("-inf"),
) -> dict[str, Blame]:
    """The part of every service that is bad. `order` has every service after those that it calls, `required` all that
    each cannot answer without, however far away; `before` is what was decided the last time. Since `attended` somebody
    has been looking without a gap: what is waited for cannot have been seen before."""
    decided: dict[str, Blame] = {}
    for name in order:
        condition = conditions.get(name)
        if condition is None or not condition.bad:
            continue
        if condition.down:
            decided[name] = Blame(Part.OWN)
            continue
        asked = [conditions[each] for each in _needed(condition, required.get(name, ())) if each in conditions]
        decided[name] = _part(condition, asked, decided, before.get(name), now, attended)
    return decided


def missing(name: str, needs: Mapping[str, Sequence[Need]], conditions: Mapping[str, Condition]) -> tuple[str, ...]:
    """The callees that it can do without, and does at present."""
    optional = sorted({each.callee for each in needs.get(name, ()) if not each.required})
    return tuple(each for each in optional if each in conditions and conditions[each].bad)


def slowed(name: str, needs: Mapping[str, Sequence[Need]], conditions: Mapping[str, Condition]) -> tuple[str, ...]:
    """The callees that make a slow service slow: those that are bad, or slow themselves."""
    called = sorted({each.callee for each in needs.get(name, ())})
    return tuple(each for each in called if each in conditions and (conditions[each].bad or conditions[each].slow))


def _needed(condition: Condition, required: Iterable[str]) -> list[str]:
    """Those that can be the reason: whom it cannot do without, and whom its answers name."""
    return sorted({*required, *condition.blamed} - {condition.service})


def _part(
    condition: Condition,
    asked: Sequence[Condition],
    decided: Mapping[str, Blame],
    before: Blame | None,
    now: float,
    attended: float,
) -> Blame:
    if before is not None and before.part is Part.OWN:
        return before
    bad = [each for each in asked if each.bad]
    undecided = before is None or before.part is Part.WAITING
    if undecided and any(each.failing and each.good_since > condition.since for each in bad):
        return Blame(Part.OWN)
    causes = frozenset(root for each in bad for root in _roots(each, decided))
    if causes:
        return Blame(Part.BLOCKED, causes)
    was_blocked = before is not None and before.part is Part.BLOCKED
    if bad or (not was_blocked and any(_open(each, condition, now, attended) for each in asked)):
        return before if before is not None else Blame(Part.WAITING)
    if before is not None and was_blocked:
        freed = now if before.freed is None else before.freed
        unsure = max((each.window for each in asked if each.leaning), default=0.0)
        if now < max(freed, attended) + condition.window + unsure:
            return Blame(Part.BLOCKED, before.by, freed)
    return Blame(Part.OWN)


def _roots(bad: Condition, decided: Mapping[str, Blame]) -> frozenset[str]:
    """The causes behind a bad callee; none while it is not decided."""
    found = decided.get(bad.service)
    if found is None or found.part is Part.WAITING:
        return frozenset()
    return found.by if found.part is Part.BLOCKED else frozenset({bad.service})


def _open(callee: Condition, caller: Condition, now: float, attended: float) -> bool:
    """Whether the callee may have been down when the caller failed, as far as is known yet."""
    if not callee.known or now >= max(caller.since, attended) + callee.window:
        return False
    return callee.leaning or callee.good_since <= caller.since
