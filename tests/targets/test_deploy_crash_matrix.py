"""The tool is killed at every instant of every rollout; the next command must find its way. All of it, no sample."""

import copy

import pytest
from fake_target import FakeTarget, Killed, spec_of
from fake_world import Behaviour, World
from rollouts import (
    CASES,
    FIRST_CASES,
    FOLLOW_UPS,
    SERVICE,
    Case,
    deploy,
    expected_after,
    lawful,
    new_world,
    settled,
)

from oneway.deploy import Done, live
from oneway.targets.base import Release, State, TargetError

_MOST_STEPS = 2_000
LOOKS = ("observe", "traffic")


class Killer:
    """Checks the laws between all small steps of a run, and kills at the chosen instant.

    Looking on and on at a world in which nothing happens is one instant.
    """

    def __init__(self, world: World, case: Case, before: Release | None, at: int | None) -> None:
        self.world, self.case, self.before, self.at = world, case, before, at
        self.instants = self.looks = 0
        self._last = ""

    def __call__(self, step: str) -> None:
        lawful(self.world, self.case, self.before)
        self.looks += 1
        if step in LOOKS and self._last in LOOKS:
            return
        self._last = step
        self.instants += 1
        assert self.instants < _MOST_STEPS, "this does not end"
        if self.instants == self.at:
            raise Killed


def run_until(world: World, case: Case, before: Release | None, at: int | None, action: str = "") -> int:
    """Do it on the world, killed at that instant or never; how many instants there were."""
    killer = Killer(world, case, before, at)
    target = FakeTarget(world, killer)
    try:
        FOLLOW_UPS[action or "the same deploy again"](target)
    except Killed:
        world.holders.clear()
    return killer.instants


@pytest.mark.parametrize("with_old", [True, False], ids=["over a running release", "for the first time"])
def test_killed_at_every_instant_of_every_rollout(with_old: bool, capsys: pytest.CaptureFixture[str]) -> None:
    states = ends = 0
    for case in CASES if with_old else FIRST_CASES:
        start = new_world(case, with_old)
        before = live(FakeTarget(start).records.releases(SERVICE))
        whole = copy.deepcopy(start)
        instants = run_until(whole, case, before, None)
        settled(whole, case, before, expected_after("", case, with_old, False))
        for at in range(1, instants + 1):
            killed = copy.deepcopy(start)
            states += run_until(killed, case, before, at)
            was_live = any(
                each.committed and each.version == "2.0.0" for each in killed.records.get(SERVICE, {}).values()
            )
            for follow_up in FOLLOW_UPS:
                world = copy.deepcopy(killed)
                states += run_until(world, case, before, None, follow_up)
                settled(
                    world,
                    case,
                    before,
                    expected_after(follow_up, case, with_old, was_live),
                )
                ends += 1
    with capsys.disabled():
        print(
            f"\n    {states:,} states visited, {ends:,} recoveries brought to their end",
            end=" ",
        )
    assert ends > 1_000


@pytest.mark.parametrize("name", ["good", "fails its check", "errors from 50 %"])
def test_killed_again_at_every_instant_of_the_recovery(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    case = next(each for each in CASES if each.name == name)
    start = new_world(case, with_old=True)
    before = live(FakeTarget(start).records.releases(SERVICE))
    instants = run_until(copy.deepcopy(start), case, before, None)
    states = 0
    for at in range(1, instants + 1, 3):
        killed = copy.deepcopy(start)
        run_until(killed, case, before, at)
        recovery = run_until(copy.deepcopy(killed), case, before, None, "up")
        for second in range(1, recovery + 1):
            world = copy.deepcopy(killed)
            states += run_until(world, case, before, second, "up")
            was_live = any(each.committed and each.version == "2.0.0" for each in world.records[SERVICE].values())
            states += run_until(world, case, before, None, "up")
            settled(world, case, before, expected_after("up", case, True, was_live))
    with capsys.disabled():
        print(f"\n    {states:,} states visited", end=" ")
    assert states > 100


def test_the_target_refusing_at_every_instant_leaves_the_old_release(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every operation fails once, in turn, with an error instead of a death; `up` puts right what is left."""
    case, tried = CASES[0], 0
    start = new_world(case, with_old=True)
    before = live(FakeTarget(start).records.releases(SERVICE))
    instants = run_until(copy.deepcopy(start), case, before, None)
    for at in range(1, instants + 1):
        world = copy.deepcopy(start)
        seen = 0

        def refuse(step: str, world: World = world, at: int = at) -> None:
            nonlocal seen
            lawful(world, case, before)
            seen += 1
            if seen == at:
                raise TargetError("the disk is full", "make room")

        FOLLOW_UPS["the same deploy again"](FakeTarget(world, refuse))
        FOLLOW_UPS["up"](FakeTarget(world))
        was_live = any(each.committed and each.version == "2.0.0" for each in world.records[SERVICE].values())
        settled(world, case, before, "2.0.0" if was_live else "1.0.0")
        tried += 1
    with capsys.disabled():
        print(f"\n    {tried} refusals", end=" ")


@pytest.mark.parametrize("seconds", [86_400.0, -86_400.0], ids=["forward", "backward"])
def test_a_clock_that_jumps_a_day_at_any_instant_changes_nothing(seconds: float) -> None:
    case = CASES[0]
    start = new_world(case, with_old=True)
    before = live(FakeTarget(start).records.releases(SERVICE))
    instants = run_until(copy.deepcopy(start), case, before, None)
    for at in range(1, instants + 1):
        world = copy.deepcopy(start)
        left = at
        target = FakeTarget(world)

        def jump(step: str, target: FakeTarget = target) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                target.clock.jump = seconds

        target.on_step = jump
        FOLLOW_UPS["the same deploy again"](target)
        settled(world, case, before, "2.0.0")


def test_interrupted_by_hand_at_every_instant_puts_the_old_release_back() -> None:
    """Ctrl-C between any two steps: what was not decided is put back at once, by the command itself."""
    case = CASES[0]
    start = new_world(case, with_old=True)
    before = live(FakeTarget(start).records.releases(SERVICE))
    instants = run_until(copy.deepcopy(start), case, before, None)
    for at in range(1, instants + 1, 2):
        world = copy.deepcopy(start)
        stopping = Stopping(at)
        deploy(FakeTarget(world, stopping), spec_of(SERVICE, "2.0.0"), stopped=stopping.asked)
        FOLLOW_UPS["up"](FakeTarget(world))
        was_live = any(each.committed and each.version == "2.0.0" for each in world.records[SERVICE].values())
        settled(world, case, before, "2.0.0" if was_live else "1.0.0")


class Stopping:
    """Asks to stop from the so-many-th step on."""

    def __init__(self, at: int) -> None:
        self._left = at

    def __call__(self, step: str) -> None:
        self._left -= 1

    def asked(self) -> bool:
        return self._left <= 0


def test_what_the_target_failed_at_may_be_tried_again_as_it_is() -> None:
    """A version that was not judged is not taken for a bad one; one that was refused is."""
    for port_taken, then in ((True, Done.LIVE), (False, Done.REFUSED)):
        world = new_world(Case("is port_taken", Behaviour(starts=False, port_taken=port_taken)), with_old=True)
        ended = deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0"))
        assert ended.release is not None
        assert ended.release.state is (State.INTERRUPTED if port_taken else State.ROLLED_BACK)
        world.behaviours.clear()
        assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0")).done is then
