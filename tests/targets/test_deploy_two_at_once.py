"""Two tools deploy the same service at the same moment: every way in which their first steps can interleave."""

import copy
import itertools
import threading
from collections.abc import Callable
from functools import partial

import pytest
from fake_target import FakeTarget, Killed, spec_of
from fake_world import World
from rollouts import CASES, SERVICE, bring_all_up, deploy, lawful, new_world, settled

from oneway.deploy import Done, Result, live
from oneway.targets.base import Release

DEPTH = 8
_PATIENCE = 30.0


class Turns:
    """Lets exactly one of two threads go on at a time: by the schedule first, then each to its end."""

    def __init__(self, schedule: tuple[int, ...], law: Callable[[], None]) -> None:
        self._schedule = list(schedule)
        self._law = law
        self._condition = threading.Condition()
        self._waiting: set[int] = set()
        self._ended: set[int] = set()
        self._running: int | None = None
        self.states = 0

    def step(self, who: int) -> None:
        """Wait for a turn; the step that follows is done alone."""
        with self._condition:
            if self._running == who:
                self._running = None
            self._waiting.add(who)
            self._choose()
            self._condition.notify_all()
            assert self._condition.wait_for(lambda: self._running == who, _PATIENCE), "the schedule is stuck"
            self._waiting.discard(who)
            self.states += 1
        self._law()

    def end(self, who: int) -> None:
        """This one has nothing more to do."""
        with self._condition:
            self._ended.add(who)
            if self._running == who:
                self._running = None
            self._choose()
            self._condition.notify_all()

    def _choose(self) -> None:
        if self._running is not None or len(self._waiting) + len(self._ended) < 2 or not self._waiting:
            return
        wanted = self._schedule.pop(0) if self._schedule else min(self._waiting)
        self._running = wanted if wanted in self._waiting else min(self._waiting)


def at_once(
    world: World,
    versions: tuple[str, str],
    schedule: tuple[int, ...],
    law: Callable[[], None],
    killed_at: int | None = None,
    contents: tuple[str, str] = ("content", "content"),
) -> tuple[list[Result | None], int]:
    """Both deploys by that schedule, the first killed at its so-many-th step; their results, and the states seen."""
    turns = Turns(schedule, law)
    results: list[Result | None] = [None, None]
    failures: list[BaseException] = []

    def work(who: int) -> None:
        steps = itertools.count(1)

        def on_step(_: str) -> None:
            turns.step(who)
            if who == 0 and next(steps) == killed_at:
                raise Killed

        try:
            results[who] = deploy(FakeTarget(world, on_step), spec_of(SERVICE, versions[who]), content=contents[who])
        except Killed:
            pass
        except BaseException as error:
            failures.append(error)
        finally:
            turns.end(who)

    threads = [threading.Thread(target=work, args=(who,)) for who in (0, 1)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if failures:
        raise failures[0]
    return results, turns.states


def _before(world: World) -> Release | None:
    return live(FakeTarget(world).records.releases(SERVICE))


@pytest.mark.timeout(300)
def test_every_interleaving_of_two_deploys(capsys: pytest.CaptureFixture[str]) -> None:
    """Different versions: both may go one after the other, or one is refused; never do both work at once."""
    case = CASES[0]
    start = new_world(case, with_old=True)
    before, states, refused = _before(start), 0, 0
    for schedule in itertools.product((0, 1), repeat=DEPTH):
        world = copy.deepcopy(start)
        results, seen = at_once(world, ("2.0.0", "3.0.0"), schedule, partial(lawful, world, case, before))
        states += seen
        done = [each.done for each in results if each is not None]
        assert Done.LIVE in done
        assert set(done) <= {Done.LIVE, Done.REFUSED}
        refused += done.count(Done.REFUSED)
        last = [each.release.version for each in results if each and each.release and each.done is Done.LIVE]
        current = _before(world)
        assert current is not None
        assert current.version in last
        settled(world, case, before, current.version)
    with capsys.disabled():
        print(
            f"\n    {2**DEPTH} interleavings, {states:,} states, {refused} deploys refused",
            end=" ",
        )
    assert refused >= 2**DEPTH // 2


def test_two_contents_under_one_version_never_both_get_in() -> None:
    """Both plans were made while the version was new; the lock's loser must look again."""
    case = CASES[0]
    start = new_world(case, with_old=True)
    for schedule in itertools.product((0, 1), repeat=5):
        world = copy.deepcopy(start)
        law = partial(lawful, world, case, _before(world))
        results, _ = at_once(world, ("2.0.0", "2.0.0"), schedule, law, contents=("content", "other"))
        assert [each.done for each in results if each] in ([Done.LIVE, Done.REFUSED], [Done.REFUSED, Done.LIVE])
        assert len({each.content for each in world.records[SERVICE].values() if each.version == "2.0.0"}) == 1


@pytest.mark.timeout(300)
def test_one_is_killed_while_the_other_waits_for_its_turn(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first dies at every step of its own, the second starts at that moment and finds its way."""
    case, killed_at, states = CASES[0], 0, 0
    start = new_world(case, with_old=True)
    before = _before(start)
    while True:
        killed_at += 1
        world = copy.deepcopy(start)
        schedule = (0,) * (killed_at + 1)
        results, seen = at_once(
            world,
            ("2.0.0", "3.0.0"),
            schedule,
            partial(lawful, world, case, before),
            killed_at,
        )
        states += seen
        if results[0] is not None:
            break
        bring_all_up(FakeTarget(world))
        current = _before(world)
        assert current is not None
        settled(world, case, before, current.version)
        assert results[1] is not None
    with capsys.disabled():
        print(f"\n    killed at {killed_at - 1} steps, {states:,} states", end=" ")
    assert killed_at > 50
