"""How many pictures are let through to caption, by what they took; by a clock that is set by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import pytest

from gateway_service.admission import ENOUGH, FIRST, LEAST, MOST, RECENT_SECONDS, Admission
from servicekit import Problem, RequestContext


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def answer(admission: Admission, clock: Clock, seconds: float, together: int = 1) -> None:
    """So many pictures at once, each answered after so long."""
    with ExitStack() as stack:
        answered = [stack.enter_context(admission.admitted(None)) for _ in range(together)]
        clock.now += seconds
        for each in answered:
            each()


def test_more_are_let_in_while_they_are_as_fast_as_one_alone() -> None:
    clock = Clock()
    admission = Admission(clock)
    for _ in range(5):
        answer(admission, clock, 0.1)
    assert admission.limit == FIRST, "one at a time says nothing of more"
    for _ in range(2000):
        answer(admission, clock, 0.15, admission.limit)
    assert admission.limit == MOST


@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_no_more_are_let_in_than_are_nearly_as_fast_as_one_alone(lanes: int) -> None:
    """Whoever comes while all lanes are taken waits for the others."""
    clock = Clock()
    admission = Admission(clock)
    seen = []
    for round_ in range(400):
        together = LEAST if round_ % 10 == 0 else admission.limit
        answer(admission, clock, 0.1 * max(1.0, together / lanes), together)
        seen.append(admission.limit)
    assert min(seen) >= LEAST
    assert max(seen[100:]) <= max(LEAST, 2 * max(lanes, LEAST)) + 1
    assert seen[-1] >= min(lanes, FIRST)


def test_what_is_more_is_refused_at_once_and_a_place_comes_back_whatever_became_of_it() -> None:
    admission = Admission(Clock())
    with ExitStack() as stack:
        for _ in range(FIRST):
            stack.enter_context(admission.admitted(None))
        with pytest.raises(Problem) as refused, admission.admitted(None):
            raise AssertionError("it was let in")
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
    with pytest.raises(RuntimeError), admission.admitted(None):
        raise RuntimeError
    assert admission.in_flight == 0


@pytest.mark.parametrize(("hurried", "status"), [(True, 408), (False, 503)])
def test_what_cannot_be_in_time_is_refused_at_once(hurried: bool, status: int) -> None:
    clock = Clock()
    admission = Admission(clock)
    for _ in range(ENOUGH):
        answer(admission, clock, 0.4)

    async def asked() -> None:
        now = asyncio.get_running_loop().time()
        admission.check(RequestContext("r", now + 30.0))
        with pytest.raises(Problem) as refused:
            admission.check(RequestContext("r", now + 0.2, {}, 0.2, hurried))
        assert refused.value.status == status
        clock.now += RECENT_SECONDS + 1
        admission.check(RequestContext("r", now + 0.2))  # nothing is known of this moment

    run(asked)


def test_too_few_answers_say_nothing_about_the_time_that_one_takes() -> None:
    clock = Clock()
    admission = Admission(clock)
    for _ in range(ENOUGH - 1):
        answer(admission, clock, 5.0)
    assert admission.expected == 0.0


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def told() -> None:
        await story()

    asyncio.run(told())
