"""When a callee is left alone, and how it is tried again; and a second attempt beside a slow one."""

import asyncio

import pytest

from servicekit.breaker import Breaker, BreakerTerms
from servicekit.hedge import hedged

TERMS = BreakerTerms(failures=3, first=1.0, longest=4.0)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def ask(breaker: Breaker, good: bool) -> float:
    """The seconds that it was left alone for, or 0.0 where it was asked."""
    with breaker.admitted() as wait:
        if not wait:
            breaker.succeeded() if good else breaker.failed()
    return wait


def test_it_opens_after_failures_in_a_row_and_a_success_between_forgives_them() -> None:
    breaker = Breaker(Clock(), TERMS)
    for good in (False, False, True, False, False):
        assert ask(breaker, good) == 0.0
    assert breaker.state == "closed"
    ask(breaker, False)
    assert (breaker.state, ask(breaker, True)) == ("open", 1.0)


def test_one_probe_at_a_time_closes_it_or_leaves_it_alone_for_longer() -> None:
    clock = Clock()
    breaker = Breaker(clock, TERMS)
    for _ in range(3):
        ask(breaker, False)
    for pause in (1.0, 2.0, 4.0, 4.0):
        assert ask(breaker, True) == pause
        clock.now += pause
        assert breaker.state == "half-open"
        with breaker.admitted() as wait:
            assert wait == 0.0
            assert ask(breaker, True) > 0, "there is a probe under way"
            breaker.failed()
    clock.now += 4.0
    assert ask(breaker, True) == 0.0
    assert (breaker.state, ask(breaker, True)) == ("closed", 0.0)


def test_a_probe_that_says_nothing_leaves_room_for_the_next() -> None:
    """As one whose caller went away."""
    clock = Clock()
    breaker = Breaker(clock, TERMS)
    for _ in range(3):
        ask(breaker, False)
    clock.now += 1.0
    with pytest.raises(RuntimeError), breaker.admitted():
        raise RuntimeError
    assert ask(breaker, True) == 0.0
    assert breaker.state == "closed"


def test_those_under_way_when_it_opens_do_not_make_it_longer() -> None:
    clock = Clock()
    breaker = Breaker(clock, TERMS)
    for _ in range(50):
        breaker.failed()
    assert ask(breaker, True) == 1.0


def run(*attempts: tuple[float, str]) -> tuple[str, int]:
    """Each attempt takes so long and answers so; what came of it, and how many there were."""
    begun: list[int] = []

    async def attempt() -> str:
        seconds, answer = attempts[len(begun)]
        begun.append(1)
        await asyncio.sleep(seconds)
        if answer == "fails":
            raise ValueError(answer)
        return answer

    async def told() -> str:
        try:
            return await hedged(attempt, 0.05)
        except ValueError:
            return "failed"

    return asyncio.run(told()), len(begun)


def test_a_second_attempt_is_made_where_the_first_is_slow_and_the_sooner_answer_counts() -> None:
    assert run((0.0, "first"), (0.0, "second")) == ("first", 1)
    assert run((30.0, "first"), (0.0, "second")) == ("second", 2)
    assert run((0.3, "first"), (30.0, "second")) == ("first", 2)
    assert run((0.0, "fails"), (0.0, "second")) == ("failed", 1)
    assert run((0.3, "first"), (0.0, "fails")) == ("first", 2)
    assert run((0.1, "fails"), (0.3, "second")) == ("second", 2)
    assert run((0.1, "fails"), (0.1, "fails")) == ("failed", 2)
