"""A version that carries much less is refused by a test whose errors are known. Virtual time throughout."""

from random import Random

import pytest
from simulated_queue import Queue, exponential, fixed

from oneway.deploy.carrying import (
    FALSE_REFUSALS,
    HICCUPS,
    MUCH_LESS,
    WINDOWS,
    Comparison,
    compare,
    verdict,
    why_not_comparable,
)
from oneway.model import Measured
from oneway.sweep.goal import Goal
from oneway.sweep.window import Strain
from oneway.targets.base import Outcome

BEFORE = 100.0


def compared(queue: Queue) -> tuple[Outcome, str]:
    """The verdict on a version that is this queue, where the old one carried 100 a second."""
    return verdict(queue.answer(compare(MUCH_LESS * BEFORE, 0.02, queue.goal)), BEFORE)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.65, 0.75])
def test_a_version_that_carries_much_less_is_refused(share: float) -> None:
    outcome, told = compared(Queue(2, fixed(0.02 / share)))
    assert outcome is Outcome.FAIL
    assert "less than 80% of the 100/s a replica of the old one: 6 of 6 windows at 80/s broke" in told


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("share", [0.88, 1.0, 1.5])
def test_a_version_that_carries_about_as_much_passes(share: float, seed: int) -> None:
    queue = Queue(2, exponential(0.02 / share), Goal(((99.0, 0.6),)), lots=Random(seed))
    assert compared(queue)[0] is Outcome.PASS


def test_so_many_breaks_are_no_chance_and_one_less_may_be() -> None:
    """P(5 or 6 of 6 by hiccups of a quarter) is 0.0046; of 4 it is 0.038: the threshold of 1% lies between."""
    chances = [Comparison(80, WINDOWS, broke).chance for broke in range(WINDOWS + 1)]
    assert chances[5] == pytest.approx(6 * HICCUPS**5 * (1 - HICCUPS) + HICCUPS**6)
    assert [each <= FALSE_REFUSALS for each in chances] == [False] * 5 + [True] * 2
    assert verdict(Comparison(80, 6, 4, "slow"), BEFORE)[0] is Outcome.PASS
    assert verdict(Comparison(80, 6, 5, "slow"), BEFORE)[0] is Outcome.FAIL


def test_a_machine_that_is_busy_tells_nothing_and_nothing_is_no_pass() -> None:
    busy = Strain(cores=2, busy=2.0, replica=0.6, wanted=2)
    outcome, told = compared(Queue(2, fixed(0.04), strain=lambda rate: busy))
    assert outcome is Outcome.INCONCLUSIVE
    assert "too busy to tell" in told


def test_windows_that_hold_count_on_a_busy_machine_too() -> None:
    busy = Strain(cores=2, busy=2.0, replica=0.6, wanted=2)
    assert compared(Queue(2, fixed(0.02), strain=lambda rate: busy))[0] is Outcome.PASS


def test_what_was_found_elsewhere_or_for_another_goal_is_not_compared() -> None:
    before = Measured(
        service="id",
        version="1.0.0",
        environment="local",
        against="release",
        measured="2026-11-25",
        on="Linux, 2 cores",
        goal="p99=1s",
        per_replica=100,
    )
    assert why_not_comparable(before, "p99=1s", "Linux, 2 cores") == ""
    assert "goal was p99=1s" in why_not_comparable(before, "p99=2s", "Linux, 2 cores")
    assert "elsewhere" in why_not_comparable(before, "p99=1s", "Linux, 8 cores")
