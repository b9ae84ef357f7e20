"""New against old, from measured values alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.deploy.judge import Sample, failing, find_patience, hanging, lagging, leaks, sample, slower
from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.targets.base import Condition, Instance, Served

MANIFEST = {"apiVersion": "oneway/v1", "service": "id", "version": "1.0.0", "owner": "ann", "domain": "works"}


def served(release: int, good: int, bad: int = 0, seconds: float = 0.01) -> list[Served]:
    return [Served(release, 200, seconds)] * good + [Served(release, 500, seconds)] * bad


def test_only_what_the_server_did_wrong_counts() -> None:
    found = sample(
        [Served(1, 200, 0.1), Served(1, 404, 0.1), Served(1, 502, 0.1), Served(1, 0, 0.1), Served(2, 500, 0.1)], 1
    )
    assert (found.requests, found.errors) == (4, 2)


@pytest.mark.parametrize(
    ("given", "goal", "counts"),
    [
        (Served(1, 504, 0.0, deadline=0.0), 0.0, False),
        (Served(1, 504, 0.001, deadline=0.001), 0.0, False),
        (Served(1, 503, 0.03, deadline=0.03), 0.05, False),
        (Served(1, 504, 0.2, deadline=0.2), 0.05, True),
        (Served(1, 500, 0.001, deadline=0.03), 0.05, True),
        (Served(1, 504, 0.1, deadline=0.1), 0.8, False),
        (Served(1, 0, 0.03, deadline=0.03), 0.05, False),
        (Served(1, 499, 0.03, deadline=0.03), 0.05, False),
        (Served(1, 500, 0.05, deadline=0.05), 0.05, True),
        (Served(1, 0, 0.001, deadline=0.03), 0.05, True),
    ],
)
def test_who_allows_less_than_the_goal_and_gets_no_answer_in_it_has_himself_to_blame(
    given: Served, goal: float, counts: bool
) -> None:
    assert sample([given], 1, goal).errors == counts


def test_who_waits_or_went_away_has_no_answer_and_is_no_error() -> None:
    found = sample([Served(1, 499, 3.0), Served(1, 0, 5.0, waiting=True), Served(1, 0, 0.1, waiting=True)], 1)
    assert (found.requests, found.errors, found.asked) == (0, 0, 3)
    assert (found.waiting(1.0), found.waiting(4.0)) == (2, 1)


def test_late_is_who_waited_or_was_answered_only_after_that() -> None:
    found = Sample(3, 0, (0.1, 2.0, 3.0), (0.5, 2.0, 9.0))
    assert [found.late(seconds) for seconds in (0.0, 1.0, 2.0, 2.5, 9.0, 9.5)] == [6, 4, 4, 2, 1, 0]
    assert [found.waiting(seconds) for seconds in (0.0, 1.0, 2.0, 2.5)] == [3, 2, 2, 1]


def test_who_went_away_early_and_had_little_time_is_not_counted_at_all() -> None:
    hasty = [Served(1, 499, 0.03, deadline=0.03), Served(1, 0, 0.04, waiting=True, deadline=0.03)]
    assert sample(hasty, 1, 0.05).asked == 0
    assert sample(hasty, 1, 0.01).asked == 2


@pytest.mark.parametrize(
    ("new", "old", "is_failing"),
    [
        ((100, 0), (900, 0), False),
        ((97, 3), (900, 0), False),
        ((94, 6), (900, 0), True),
        ((0, 3), (0, 0), True),
        ((2, 1), (0, 0), False),
        ((18, 2), (0, 0), False),
        ((90, 10), (90, 10), False),
        ((80, 20), (90, 10), False),
        ((600, 400), (900, 100), True),
        ((0, 5), (1, 0), True),
        ((5, 5), (5, 5), False),
    ],
)
def test_a_share_of_errors_above_the_old_ones_fails(
    new: tuple[int, int], old: tuple[int, int], is_failing: bool
) -> None:
    reason = failing(sample(served(2, *new), 2), sample(served(1, *old), 1))
    assert bool(reason) is is_failing
    assert not reason or f"{new[1]} of {sum(new)} users' requests failed" in reason


@given(st.integers(0, 400), st.integers(1, 400), st.integers(1, 5))
def test_equal_shares_never_fail(bad: int, of: int, times: int) -> None:
    good = of * times
    new, old = served(2, good, bad * times), served(1, of, bad)
    assert not failing(sample(new, 2), sample(old, 1))


def hung(release: int, answered: int, waiting: int, seconds: float = 3.0) -> Sample:
    return sample([*served(release, answered), *[Served(release, 0, seconds, waiting=True)] * waiting], release)


@pytest.mark.parametrize(
    ("new", "old", "is_hanging"),
    [
        (hung(2, 0, 12), hung(1, 100, 0), True),
        (hung(2, 30, 12), hung(1, 400, 0), True),
        (hung(2, 0, 12, seconds=0.5), hung(1, 100, 0), False),
        (hung(2, 0, 12), hung(1, 0, 100), False),
        (hung(2, 10, 10), hung(1, 90, 90), False),
        (hung(2, 0, 3), hung(1, 3, 0), False),
        (hung(2, 0, 12), hung(1, 0, 0), False),
    ],
)
def test_answers_that_are_missed_are_compared_as_well(new: Sample, old: Sample, is_hanging: bool) -> None:
    assert bool(hanging(new, old, 1.0)) is is_hanging


@pytest.mark.parametrize(
    ("latency", "patience"),
    [({}, 2.0), ({"p99": 0.05}, 1.0), ({"p50": 0.1, "p99": 0.8}, 3.2), ({"p90": 30.0}, 10.0)],
)
def test_patience_follows_the_goal(latency: dict[str, float], patience: float) -> None:
    spec = decode(MANIFEST | {"slo": {"latency": {key: f"{value:g}s" for key, value in latency.items()}}}, Service)
    assert find_patience(spec) == patience


def test_twice_as_long_and_more_than_noise_is_slow() -> None:
    assert slower([0.35] * 3, [0.1] * 3) == "it takes 350 ms where the old one takes 100 ms"
    assert slower([0.25] * 3, [0.1] * 3) == ""
    assert slower([0.02] * 3, [0.001] * 3) == "", "twenty times as long, and nobody can tell"
    assert slower([5.0], []) == ""
    assert slower([0.01, 0.01, 9.0], [0.01] * 3) == "", "one straggler is none"


def test_users_waiting_times_need_a_sample() -> None:
    few, many = sample(served(2, 19, seconds=1.0), 2), sample(served(2, 20, seconds=1.0), 2)
    old = sample(served(1, 100), 1)
    assert lagging(few, old) == ""
    assert "1000 ms" in lagging(many, old)


def test_files_that_grow_with_the_requests_are_a_leak() -> None:
    def at(files: int | None) -> list[Instance]:
        return [Instance("id.2.0", Condition.READY, open_files=files)]

    assert "from 12 to 112 in 100 requests" in leaks(at(12), at(112), 100)
    assert leaks(at(12), at(50), 100) == "", "a pool of connections"
    assert leaks(at(12), at(112), 5_000) == "", "many connections, and many more requests"
    assert leaks(at(None), at(112), 100) == ""
    assert leaks(at(12), at(None), 100) == ""
