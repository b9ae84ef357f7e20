"""One look at a service through one of its checks, and what many of them together say of the check."""

from dataclasses import dataclass, replace
from enum import StrEnum

from .schedule import Pace

Key = tuple[str, str]
"""Service and check."""


class Health(StrEnum):
    """What is known of a check; unknown before the first answers, and while it cannot be carried out."""

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Look:
    """What one run of a check saw, from `began` to `ended`. `callee` is the service that the answer blames; `answered`
    is whether any answer came."""

    service: str
    check: str
    began: float
    ended: float
    health: Health
    seconds: float = 0.0
    reason: str = ""
    callee: str = ""
    answered: bool = True

    @property
    def key(self) -> Key:
        return (self.service, self.check)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a check stands since when, and how many looks in a row point elsewhere.

    `turned` is when the first look of this row ended, and `last_good` when the last good look began: what was seen good
    then cannot have been down before. `slow` counts good answers in a row over the latency goal.
    """

    service: str
    check: str
    health: Health = Health.UNKNOWN
    since: float = 0.0
    leaning: Health = Health.UNKNOWN
    streak: int = 0
    turned: float = 0.0
    last_good: float = float("-inf")
    slow: int = 0
    last: Look | None = None

    @property
    def settled(self) -> bool:
        """Whether the last look says the same as all that is known."""
        return self.leaning is self.health


@dataclass(frozen=True, slots=True)
class Change:
    """A check went from one health to another; `reason` says what the last look said."""

    service: str
    check: str
    before: Health
    after: Health
    time: float
    reason: str = ""


def observe(standing: Standing, look: Look, pace: Pace, goal: float | None = None) -> tuple[Standing, Change | None]:
    """Take one look in. The health changes after `fail_after` looks in a row that are not good, or `recover_after`
    that are; the first good one of all counts at once. `goal` are the seconds over which an answer is slow."""
    same = look.health is standing.leaning and standing.last is not None
    first = standing.last is None and look.health is Health.GOOD
    seen = replace(
        standing,
        leaning=look.health,
        streak=standing.streak + 1 if same else 1,
        turned=standing.turned if same else look.ended,
        last_good=look.began if look.health is Health.GOOD else standing.last_good,
        slow=standing.slow + 1 if look.health is Health.GOOD and goal is not None and look.seconds > goal else 0,
        last=look,
    )
    if look.health is standing.health:
        return replace(seen, since=standing.since or look.ended), None
    needed = 1 if first else pace.recover_after if look.health is Health.GOOD else pace.fail_after
    if seen.streak < needed:
        return seen, None
    change = Change(look.service, look.check, standing.health, look.health, look.ended, look.reason)
    return replace(seen, health=look.health, since=look.ended), change
