"""When a check counts as failing, and when as recovered: a pure state machine per check."""

from dataclasses import dataclass
from enum import StrEnum

from ..model import Monitoring
from ..probe import CheckResult, Verdict


class Health(StrEnum):
    """What is known of a check; unknown before the first answers, and while it cannot be carried out."""

    UNKNOWN = "unknown"
    GOOD = "good"
    BAD = "bad"


_TOWARDS = {Verdict.PASS: Health.GOOD, Verdict.FAIL: Health.BAD, Verdict.INCONCLUSIVE: Health.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a check stands since when, and how many results in a row point elsewhere. Times are Unix seconds."""

    service: str
    check: str
    health: Health = Health.UNKNOWN
    since: float = 0.0
    leaning: Health = Health.UNKNOWN
    streak: int = 0
    last: CheckResult | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A check went from one health to another; `reason` says what the last result said."""

    service: str
    check: str
    before: Health
    after: Health
    time: float
    reason: str = ""


def observe(
    standing: Standing, result: CheckResult, now: float, monitoring: Monitoring
) -> tuple[Standing, Change | None]:
    """Take one result in. The health changes after `fail_after` results in a row that are not passes,
    or `recover_after` that are; the first pass of all counts at once."""
    leaning = _TOWARDS[result.verdict]
    streak = standing.streak + 1 if leaning is standing.leaning else 1
    if leaning is standing.health:
        return Standing(standing.service, standing.check, leaning, standing.since or now, leaning, streak, result), None
    first = standing.health is Health.UNKNOWN and leaning is Health.GOOD and standing.last is None
    needed = 1 if first else monitoring.recover_after if leaning is Health.GOOD else monitoring.fail_after
    if streak < needed:
        same = Standing(standing.service, standing.check, standing.health, standing.since, leaning, streak, result)
        return same, None
    changed = Standing(standing.service, standing.check, leaning, now, leaning, streak, result)
    reason = "; ".join(map(str, result.failures))
    return changed, Change(standing.service, standing.check, standing.health, leaning, now, reason)
