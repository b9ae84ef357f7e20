"""The search for what is carried, against queues whose answer is known. All of it in virtual time."""

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

import pytest
from simulated_queue import Queue, Service, exponential, fixed, slowing

from oneway.sweep.goal import Goal
from oneway.sweep.limits import Limit
from oneway.sweep.narrowing import FAR, Found, Plan, Step, find_capacity
from oneway.sweep.window import Strain, Window


def found(queue: Queue, seconds: float = 60.0, most: float = float("inf")) -> Found:
    return queue.answer(find_capacity(Plan(seconds, queue.goal, most)))


@pytest.mark.parametrize("seconds", [0.011, 0.07, 0.23])
@pytest.mark.parametrize("workers", [1, 3, 8])
def test_workers_of_a_fixed_service_time_carry_c_over_s(workers: int, seconds: float) -> None:
    result = found(Queue(workers, fixed(seconds)), 100)
    assert result.limit is Limit.SERVICE
    assert result.per_replica == pytest.approx(workers / seconds, rel=0.1)
    assert result.spread <= 0.1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("workers", "seconds"), [(2, 0.02), (4, 0.05)])
def test_service_times_that_vary_cost_nothing_without_a_goal_for_latency(
    workers: int, seconds: float, seed: int
) -> None:
    result = found(Queue(workers, exponential(seconds), lots=Random(seed)))
    assert result.per_replica == pytest.approx(workers / seconds, rel=0.12)


def test_a_goal_for_latency_ends_it_before_the_queue_does() -> None:
    loose = found(Queue(1, exponential(0.01), Goal(((99.0, 1.0),))))
    tight = found(Queue(1, exponential(0.01), Goal(((99.0, 0.075),))))
    assert loose.per_replica is not None
    assert tight.per_replica is not None
    assert 0.4 * loose.per_replica < tight.per_replica < 0.9 * loose.per_replica
    assert "p99 is" in tight.reason


@pytest.mark.parametrize(("seconds", "share", "goal"), [(0.05, 0.2, 0.2), (0.02, 0.1, 0.05), (0.1, 0.25, 0.3)])
def test_a_service_that_slows_down_at_a_known_rate(seconds: float, share: float, goal: float) -> None:
    """With n under way each takes s (1 + a (n - 1)), and n is the rate times that: at the goal G the rate is
    (1 - s (1 - a) / G) / (a s)."""
    known = (1 - seconds * (1 - share) / goal) / (share * seconds)
    result = found(Queue(1000, slowing(seconds, share), Goal(((50.0, goal),))), 120)
    assert result.per_replica == pytest.approx(known, rel=0.1)


def test_a_service_that_refuses_when_it_is_full_is_held_to_its_errors() -> None:
    result = found(Queue(2, fixed(0.02), most=5))
    assert result.per_replica == pytest.approx(100, rel=0.1)
    assert "failed: 503" in result.reason or "faster" in result.reason
    assert any(each.errors for each in result.curve)


def test_it_ends_about_when_its_time_is_over() -> None:
    for seconds in (20.0, 60.0, 300.0):
        queue = Queue(3, exponential(0.03))
        found(queue, seconds)
        assert queue.spent < 1.35 * seconds


def test_the_way_up_doubles_and_the_way_in_never_leaves_the_edge() -> None:
    queue = Queue(2, fixed(0.02))
    found(queue)
    rates = [each.rate for each in queue.steps[1:]]
    up = [after / before for before, after in pairwise(rates[:3])]
    assert up == pytest.approx([2.0, 2.0])
    assert max(rates) <= 4 * 100
    assert queue.steps[0].rate == 0


@pytest.mark.parametrize(
    ("strain", "limit"),
    [
        (Strain(cores=2, sender=0.95, busy=1.9, replica=0.9), Limit.GENERATOR),
        (Strain(cores=2, late=5.0), Limit.GENERATOR),
        (Strain(cores=2, busy=2.0, replica=0.7, wanted=2), Limit.MACHINE),
        (Strain(cores=8, busy=8.0, replica=None), Limit.MACHINE),
        (Strain(cores=2, busy=2.0, replica=0.1, usually_late=0.02), Limit.MACHINE),
        (Strain(cores=2, busy=2.0, replica=0.01, late=5.0), Limit.MACHINE),
        (Strain(cores=2, busy=2.0, replica=0.01, late=0.06), Limit.MACHINE),
    ],
)
def test_what_else_was_the_limit_gives_no_number(strain: Strain, limit: Limit) -> None:
    result = found(Queue(2, fixed(0.02), strain=lambda rate: strain))
    assert (result.limit, result.per_replica, result.rounds) == (limit, None, ())
    assert result.curve


@pytest.mark.parametrize(
    "strain",
    [
        Strain(cores=2, busy=2.0, replica=1.85, wanted=2),
        Strain(cores=4, busy=4.0, replica=1.0, wanted=1),
        Strain(cores=2, busy=1.3, replica=1.0, sender=0.3, wanted=2),
        Strain(cores=2, busy=2.0, replica=0.02, usually_late=0.0005, wanted=2),
        Strain(cores=2, busy=2.0, here=False),
        Strain(cores=2, busy=None, replica=None, sender=0.4),
    ],
)
def test_a_replica_that_had_what_it_may_use_was_the_limit_itself(strain: Strain) -> None:
    result = found(Queue(2, fixed(0.02), strain=lambda rate: strain))
    assert result.limit is Limit.SERVICE
    assert result.per_replica == pytest.approx(100, rel=0.1)


def test_a_machine_that_stalls_makes_no_service_look_slow() -> None:
    """What the service takes alone is as slow as the machine is then: it excuses no lateness."""
    stalled = Strain(cores=2, busy=2.0, replica=0.01, usually_late=0.03, late=0.3)
    result = found(Queue(2, exponential(0.9), Goal(((99.0, 20.0),)), strain=lambda rate: stalled))
    assert result.limit in (Limit.MACHINE, Limit.TIME)
    assert result.per_replica is None


def test_no_window_is_judged_by_a_request_or_two() -> None:
    for seconds in (5.0, 20.0, 60.0):
        queue = Queue(1, exponential(0.4))
        found(queue, seconds)
        assert all(each.rate * each.seconds >= 7.99 for each in queue.steps[1:])


def test_a_generator_that_is_full_only_far_above_spoils_nothing() -> None:
    result = found(Queue(2, fixed(0.02), strain=lambda rate: Strain(sender=rate / 150)))
    assert result.limit is Limit.SERVICE
    assert result.per_replica == pytest.approx(100, rel=0.1)


def test_one_hiccup_of_the_machine_changes_nothing() -> None:
    """Every fifth request of a few windows takes long: those are asked again."""
    seen: list[float] = []

    def hiccup(lots: Random, waiting: int) -> float:
        seen.append(0.0)
        return 0.6 if len(seen) % 1500 == 700 else 0.02

    result = found(Queue(4, hiccup, Goal(((99.0, 0.5),))))
    assert result.per_replica == pytest.approx(200, rel=0.15)


@pytest.mark.parametrize("most", [5.0, 40.0, 99.0])
def test_a_cap_is_never_exceeded_and_gives_no_number(most: float) -> None:
    queue = Queue(4, fixed(0.02))
    result = found(queue, most=most)
    assert (result.limit, result.per_replica) == (Limit.CAP, None)
    assert max(each.rate for each in queue.steps) <= most


def test_a_cap_above_what_is_carried_does_not_matter() -> None:
    assert found(Queue(4, fixed(0.02)), most=250).per_replica == pytest.approx(200, rel=0.1)


@pytest.mark.parametrize("service", [fixed(0.9), exponential(2.0)])
def test_a_service_that_misses_its_goal_alone_carries_nothing(service: Service) -> None:
    result = found(Queue(4, service, Goal(((99.0, 0.5),))))
    assert (result.limit, result.per_replica) == (Limit.SERVICE, None)
    assert "even one request at a time" in result.reason


def test_a_machine_that_is_full_is_told_where_even_one_at_a_time_is_slow() -> None:
    full = Strain(cores=2, busy=2.0, replica=0.1, usually_late=float("inf"))
    result = found(Queue(4, fixed(0.9), Goal(((99.0, 0.5),)), strain=lambda rate: full))
    assert (result.limit, result.per_replica) == (Limit.MACHINE, None)


def test_too_little_time_is_said_and_gives_no_number() -> None:
    result = found(Queue(2, fixed(2.0)), seconds=10)
    assert (result.limit, result.per_replica) == (Limit.TIME, None)


def test_a_second_run_finds_the_same() -> None:
    for service in (fixed(0.031), exponential(0.01)):
        first, second = (found(Queue(3, service, lots=Random(seed))).per_replica for seed in (1, 2))
        assert first == pytest.approx(second, rel=0.1)


@dataclass(slots=True)
class Turning(Queue):
    """One that has other workers from the moment `turns` on, or refuses everybody; or another process from the window
    `dies` on."""

    turns: float = float("inf")
    then: int | None = None
    dies: int = 0

    def offer(self, step: Step) -> Window:
        if self.spent >= self.turns:
            self.workers, self.most = (self.workers, -self.workers) if self.then is None else (self.then, self.most)
        window = super(Turning, self).offer(step)
        return replace(window, changed="id.1.0 was started again" if 0 < self.dies <= len(self.steps) else "")


@pytest.mark.parametrize(("turns", "then"), [(85, None), (85, 1), (85, 2), (85, 3), (85, 5), (95, 3), (55, 16)])
def test_what_becomes_another_number_on_the_way_is_none(turns: float, then: int | None) -> None:
    """Of 120 seconds the first round takes 80 with eight workers: then they are fewer, or more, or refuse everybody."""
    assert found(Queue(8, fixed(0.05)), 120).per_replica == pytest.approx(160, rel=0.05)
    result = found(Turning(8, fixed(0.05), turns=turns, then=then), 120)
    assert (result.limit, result.per_replica) == (Limit.UNSTEADY, None)
    assert "160/s held, and later " in result.reason or "182/s, 312/s" in result.reason
    assert result.rounds
    assert result.curve


@pytest.mark.parametrize("then", [7, 8, 9])
def test_what_hardly_changes_is_told_by_its_spread(then: int) -> None:
    result = found(Turning(8, fixed(0.05), turns=85, then=then), 120)
    assert result.limit is Limit.SERVICE
    assert result.per_replica == pytest.approx(160, rel=0.2)
    assert result.spread <= FAR


@pytest.mark.parametrize(("turns", "then"), [(85, 9), (85, 10), (55, 7)])
def test_how_far_a_round_had_come_is_told_when_the_time_is_over(turns: float, then: int) -> None:
    result = found(Turning(8, fixed(0.05), turns=turns, then=then), 120)
    assert result.limit is Limit.SERVICE
    assert 0.09 < result.spread <= FAR


@pytest.mark.parametrize("dies", [1, 2, 3, 9, 15])
def test_replicas_that_did_not_stay_the_same_are_no_number_whatever_came_of_it(dies: int) -> None:
    queue = Turning(8, fixed(0.05), dies=dies)
    result = found(queue)
    assert (result.limit, result.per_replica) == (Limit.RESTARTED, None)
    assert result.reason == "id.1.0 was started again"
    assert len(queue.steps) == dies, "nothing is asked any more"
