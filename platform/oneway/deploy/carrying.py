"""Does the new version carry about as much as the one before it? Asked where `rollout.load` is true.

The new replica is measured alone. Where that finds much less than was recorded of the old one, windows at a rate that
much less would not hold are counted, and only an exact test over them refuses the version: one that carries the same is
refused in less than one of a hundred rollouts, even where every fourth window breaks by a hiccup of the machine.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ..errors import UsageError
from ..model import Measured
from ..model.load_mix import mix_of
from ..probe import HttpSend, Unusable, outgoing_of
from ..sweep.goal import Goal, declared_goal
from ..sweep.holding import judge
from ..sweep.limits import Limit, find_limit
from ..sweep.machine import describe_machine
from ..sweep.measuring import converse, measure
from ..sweep.narrowing import Found, Plan, Step
from ..sweep.sender import Question, Sender, cores_of, patient, sum_used
from ..sweep.window import Window
from ..targets.base import Outcome, Placement
from ..targets.replica_changes import tell_changes
from .chance import exceed_share
from .rollout import NotPassed, Rollout, Skipped

MUCH_LESS: Final = 0.8
"""A version that does not carry this share of what the one before it was found to carry is refused."""
FALSE_REFUSALS: Final = 0.01
HICCUPS: Final = 0.25
WINDOWS: Final = 6
_LOOKS: Final = 2 * WINDOWS
_OF_THE_TIME: Final = 0.1
"""A window's share of the time for measuring, unless it needs longer for its requests."""
_REQUESTS: Final = 60


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many of the windows at `rate` that the service itself decided broke, and the last reason."""

    rate: float
    windows: int
    broke: int
    reason: str = ""

    @property
    def chance(self) -> float:
        """How likely so many break by hiccups alone."""
        return exceed_share(self.broke, self.windows, HICCUPS)


def carry(rollout: Rollout) -> str:
    """It carries no less than 80% of what the old release was found to carry, or nothing says that it does not."""
    release, old = rollout.release, rollout.beside
    if release.undoes is not None or release.repeats is not None:
        return Skipped("it carried traffic before")
    before = old.measured if old is not None else None
    trial = _sender(rollout)
    if isinstance(trial, Skipped):
        rollout.context.warn(release.service, "load", trial)
        return trial
    sender, goal = trial
    found = measure(Plan(rollout.context.measure_seconds, goal), sender, lambda step, window: rollout.attend())
    why_not = "" if before is None else why_not_comparable(before, str(goal), describe_machine())
    rollout.journal.become(measured=_measured(rollout, goal, found) or (None if why_not else before))
    if before is None or why_not:
        return _first_time(found, why_not)
    if found.per_replica is not None and found.per_replica >= MUCH_LESS * before.per_replica:
        return f"{found.per_replica:.3g}/s a replica, {before.per_replica:.3g}/s before"
    return _compare(rollout, sender, goal, before, found)


def why_not_comparable(before: Measured, goal: str, machine: str) -> str:
    """Why the recorded curve says nothing of this replica; empty where it does."""
    if before.goal != goal:
        return f"the goal was {before.goal} before"
    return "" if before.on == machine else f"the old one was measured elsewhere ({before.on})"


def compare(rate: float, usual: float, goal: Goal, shortest: float = 3.0) -> Generator[Step, Window, Comparison]:
    """Offer the rate until enough windows count, none for less than `shortest` seconds, and say how many broke. A
    window that something else than the service broke counts for nothing."""
    windows, broke, reason = 0, 0, ""
    for look in range(1, _LOOKS + 1):
        window = yield Step(rate, max(shortest, _REQUESTS / rate), f"window {look} at {rate:.3g}/s")
        holding = judge(window, goal)
        if not holding.held and find_limit(window, usual) is not Limit.SERVICE:
            continue
        windows += 1
        if not holding.held:
            broke, reason = broke + 1, holding.reason
        if windows == WINDOWS:
            break
    return Comparison(rate, windows, broke, reason)


def verdict(comparison: Comparison, before: float) -> tuple[Outcome, str]:
    """Whether the version is refused, and why."""
    told = f"{comparison.broke} of {comparison.windows} windows at {comparison.rate:.3g}/s broke"
    if comparison.windows < WINDOWS:
        return Outcome.INCONCLUSIVE, f"the machine was too busy to tell how much it carries: {told} by itself"
    if comparison.chance > FALSE_REFUSALS:
        return Outcome.PASS, f"{told}, which chance explains; {before:.3g}/s before"
    why = f"it carries less than {MUCH_LESS:.0%} of the {before:.3g}/s a replica of the old one: {told}"
    return Outcome.FAIL, f"{why}; {comparison.reason}"


def _compare(rollout: Rollout, sender: Sender, goal: Goal, before: Measured, found: Found) -> str:
    shortest = _OF_THE_TIME * rollout.context.measure_seconds
    search = compare(MUCH_LESS * before.per_replica, found.alone, goal, shortest)
    comparison = converse(search, sender, lambda step, window: rollout.attend())
    outcome, told = verdict(comparison, before.per_replica)
    if outcome is not Outcome.PASS:
        raise NotPassed(f"{rollout.release.service} {rollout.release.version}: {told}", outcome)
    return told


def _first_time(found: Found, why_not: str) -> str:
    told = f"{found.per_replica:.3g}/s a replica" if found.per_replica is not None else f"no number: {found.reason}"
    return Skipped(f"{told}; nothing to compare it with{': ' if why_not else ''}{why_not}")


def _sender(rollout: Rollout) -> tuple[Sender, Goal] | Skipped:
    context, release, spec = rollout.context, rollout.release, rollout.release.spec
    placement, questions = Placement(release), []
    try:
        mix = mix_of(spec)
    except UsageError as error:
        raise NotPassed(str(error), Outcome.INCONCLUSIVE) from None
    for each in mix:
        way = context.target.direct(placement, each.check.request.endpoint)
        if not isinstance(way, HttpSend):
            return Skipped("not judged here: a replica is reached through the API server, whose pace it would be")
        try:
            outgoing = outgoing_of(each.check, context.read_file, {})
        except Unusable as error:
            raise NotPassed(f"{each.check.name!r} cannot be sent: {error}", Outcome.INCONCLUSIVE) from None
        questions.append(Question(patient(each.check), outgoing, way, each.weight))
    goal = declared_goal(spec, [each.check for each in mix])
    used = sum_used(lambda: context.target.used(placement), 1)
    return Sender(questions, goal, used, cores_of(spec, 1), changed=tell_changes(context.target, placement, 1)), goal


def _measured(rollout: Rollout, goal: Goal, found: Found) -> Measured | None:
    if found.per_replica is None:
        return None
    release = rollout.release
    return Measured(
        service=release.service,
        version=release.version,
        environment=release.environment,
        against="release",
        measured=datetime.fromtimestamp(rollout.context.clock.now(), UTC).date().isoformat(),
        on=describe_machine(),
        goal=str(goal),
        per_replica=found.per_replica,
        rounds=found.rounds,
        curve=found.curve,
    )
