"""New against old, from measured values alone."""

import pytest

from oneway.deploy.judge import failing, lagging, leaks, sample, slower
from oneway.targets.base import Condition, Instance, Served


def served(release: int, good: int, bad: int = 0, seconds: float = 0.01) -> list[Served]:
    return [Served(release, 200, seconds)] * good + [Served(release, 500, seconds)] * bad


def test_only_what_the_server_did_wrong_counts() -> None:
    found = sample(
        [Served(1, 200, 0.1), Served(1, 404, 0.1), Served(1, 502, 0.1), Served(1, 0, 0.1), Served(2, 500, 0.1)], 1
    )
    assert (found.requests, found.errors, found.error_share) == (4, 2, 0.5)


@pytest.mark.parametrize(
    ("new", "old", "is_failing"),
    [
        ((100, 0), (900, 0), False),
        ((100, 2), (900, 0), False),
        ((97, 3), (900, 0), True),
        ((0, 3), (0, 0), True),
        ((90, 10), (90, 10), False),
        ((80, 20), (90, 10), True),
    ],
)
def test_a_share_of_errors_above_the_old_ones_fails(
    new: tuple[int, int], old: tuple[int, int], is_failing: bool
) -> None:
    reason = failing(sample(served(2, *new), 2), sample(served(1, *old), 1))
    assert bool(reason) is is_failing
    assert not reason or f"{new[1]} of {sum(new)} users' requests failed" in reason


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
