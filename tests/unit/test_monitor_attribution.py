"""Whose fault a bad look was: known late, counted then, and never against whom a callee took along."""

import pytest

from oneway.monitor.core.attribution import Fault, attribute
from oneway.monitor.core.causes import Blame, Condition, Part
from oneway.monitor.core.look import Health, Look

HELD = [Look("door", "answers", 100.0, 101.0, Health.BAD)]
NAMING = [Look("door", "answers", 100.0, 101.0, Health.BAD, callee="attic")]
CALM = Condition("door", good_since=102.0)


@pytest.mark.parametrize(
    ("part", "fault"), [(Part.OWN, Fault.TOLD), (Part.BLOCKED, Fault.CALLEE), (Part.WAITING, None)]
)
def test_what_was_found_to_fail_is_as_its_part(part: Part, fault: Fault | None) -> None:
    assert attribute(HELD, Blame(part, frozenset({"base"})), {"door": CALM}, ("base",), {}, 103.0) is fault


@pytest.mark.parametrize(
    ("base", "last_bad", "now", "fault"),
    [
        (Condition("base", good_since=102.0, window=70.0), {}, 103.0, Fault.OWN),
        (Condition("base", good_since=90.0, window=70.0), {}, 103.0, None),
        (Condition("base", good_since=90.0, window=70.0), {}, 172.0, Fault.OWN),
        (Condition("base", good_since=102.0, window=70.0), {"base": 40.0}, 103.0, Fault.CALLEE),
        (Condition("base", good_since=102.0, window=70.0), {"base": 20.0}, 103.0, Fault.OWN),
        (Condition("base", leaning=True, good_since=90.0), {"base": 110.0}, 111.0, Fault.CALLEE),
        (Condition("base", down=True), {}, 111.0, Fault.CALLEE),
        (Condition("base", known=False), {}, 103.0, Fault.OWN),
    ],
)
def test_a_short_failure_waits_for_those_that_it_needs(
    base: Condition, last_bad: dict[str, float], now: float, fault: Fault | None
) -> None:
    assert attribute(HELD, None, {"door": CALM, "base": base}, ("base",), last_bad, now) is fault


def test_while_it_may_be_failing_nothing_is_counted() -> None:
    assert attribute(HELD, None, {"door": Condition("door", leaning=True)}, (), {}, 103.0) is None


def test_a_callee_that_an_answer_names_is_looked_at_like_one_that_is_needed() -> None:
    """It is evidence, and no proof: where that one was good all the time the failure is one's own."""
    attic = Condition("attic", good_since=102.0, window=70.0)
    assert attribute(NAMING, None, {"door": CALM, "attic": attic}, (), {"attic": 95.0}, 103.0) is Fault.CALLEE
    assert attribute(NAMING, None, {"door": CALM, "attic": attic}, (), {}, 103.0) is Fault.OWN
    assert attribute(HELD, None, {"door": CALM, "attic": attic}, (), {"attic": 95.0}, 103.0) is Fault.OWN
