"""Ids are unique and ascend, whatever the clock does and however often the process starts anew."""

from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from id_service.generator import EPOCH, LEAD, SEQUENCES, WORKERS, ClockBehind, Generator, parts

NOON = 28_000_000_000  # milliseconds since EPOCH: some day in 2026


class Clock:
    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def open_generator(clock: Clock, worker: int = 7) -> Generator:
    generator = Generator(worker, clock)
    clock.now += LEAD + 1
    return generator


class Issuing(RuleBasedStateMachine):
    """A worker that issues, sees its clock jump, dies and starts again."""

    @initialize()
    def begin(self) -> None:
        self.clock = Clock()
        self.generator = Generator(7, self.clock)
        self.issued: list[int] = []

    @rule(count=st.one_of(st.integers(1, 5), st.integers(1, 1000)))
    def issue(self, count: int) -> None:
        if self.generator.behind():
            with pytest.raises(ClockBehind):
                self.generator.issue(count)
            return
        with suppress(ClockBehind):
            ids = self.generator.issue(count)
            assert len(ids) == count
            self.issued += ids

    @rule(milliseconds=st.integers(-2 * LEAD, 3 * LEAD))
    def jump(self, milliseconds: int) -> None:
        self.clock.now += milliseconds

    @rule(downtime=st.integers(0, 2))
    def restart(self, downtime: int) -> None:
        """The clock is not set back while the process is down: no id was issued before `earliest`."""
        earliest = self.issued[-1] // (SEQUENCES * WORKERS) - LEAD if self.issued else 0
        self.clock.now = max(self.clock.now, earliest) + downtime
        self.generator = Generator(7, self.clock)

    @rule()
    def wait_as_told(self) -> None:
        """After the wait that it asks for, an id is issued."""
        self.clock.now += self.generator.behind()
        self.issued += self.generator.issue(1)

    @invariant()
    def ids_ascend_and_are_positive(self) -> None:
        recent = self.issued[-2001:]
        assert all(earlier < later for earlier, later in pairwise(recent))
        assert all(0 <= number < 2**63 for number in recent[-1:])


Issuing.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_ids_ascend_through_jumps_and_restarts = Issuing.TestCase


@given(worker=st.integers(0, 1023), other=st.integers(0, 1023), count=st.integers(1, 1000))
def test_workers_never_share_an_id(worker: int, other: int, count: int) -> None:
    one, two = open_generator(Clock(), worker), open_generator(Clock(), other)
    ids, others = set(one.issue(count)), set(two.issue(count))
    assert (ids == others) if worker == other else not ids & others


@given(now=st.integers(0, 2**41 - 2 * LEAD - 2), worker=st.integers(0, 1023), count=st.integers(1, 1000))
def test_an_id_says_when_and_where_it_was_issued(now: int, worker: int, count: int) -> None:
    clock = Clock(now)
    generator = open_generator(clock, worker)
    said = [parts(number) for number in generator.issue(count)]
    assert {part.worker for part in said} == {worker}
    assert [part.sequence for part in said] == list(range(count))
    assert all(round((part.time - EPOCH).total_seconds() * 1000) == clock.now for part in said)


def test_nothing_is_issued_in_the_first_moments() -> None:
    clock = Clock()
    generator = Generator(7, clock)
    clock.now += LEAD
    assert generator.behind() == 1
    with pytest.raises(ClockBehind, match="go on by 1 ms"):
        generator.issue(1)
    clock.now += 1
    assert generator.behind() == 0
    assert parts(generator.issue(1)[0]).time > EPOCH


def test_a_used_up_millisecond_borrows_the_next_ones_up_to_the_lead() -> None:
    generator = open_generator(Clock())
    ids = [number for _ in range(LEAD + 1) for number in generator.issue(SEQUENCES)]
    assert len(set(ids)) == (LEAD + 1) * SEQUENCES
    with pytest.raises(ClockBehind):
        generator.issue(1)


def test_a_clock_set_back_a_little_is_bridged_and_far_is_refused() -> None:
    clock = Clock()
    generator = open_generator(clock)
    before = generator.issue(1)[0]
    clock.now -= LEAD
    assert generator.issue(1)[0] == before + 1
    clock.now -= 60_000
    assert generator.behind() == 60_000
    with pytest.raises(ClockBehind, match="60000 ms"):
        generator.issue(1)
    clock.now += 60_000
    assert generator.issue(1)[0] == before + 2


def test_a_clock_before_the_epoch_issues_nothing() -> None:
    clock = Clock(-5_000_000)
    generator = Generator(7, clock)
    clock.now += 1_000_000
    with pytest.raises(ClockBehind):
        generator.issue(1)


def test_the_last_millisecond_is_the_end() -> None:
    clock = Clock(2**41 - LEAD - 2)
    generator = open_generator(clock)
    assert generator.issue(1)[0] < 2**63
    with pytest.raises(OverflowError, match="EPOCH"):
        generator.issue(SEQUENCES)


def test_the_layout_is_the_documented_one() -> None:
    assert parts((1000 << 22) | (3 << 12) | 9).time == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert (parts((1000 << 22) | (3 << 12) | 9).worker, parts((1000 << 22) | (3 << 12) | 9).sequence) == (3, 9)
    with pytest.raises(ValueError, match="not an id"):
        parts(2**63)


@pytest.mark.parametrize("worker", [-1, 1024])
def test_a_worker_that_does_not_fit_is_refused(worker: int) -> None:
    with pytest.raises(ValueError, match="must be from 0 to 1023"):
        Generator(worker, Clock())
