"""Migrations, releases that may not run side by side, and jobs: the engine, killed at every instant."""

import copy
from typing import Any

import pytest
from fake_target import FakeTarget, Killed, spec_of
from fake_world import Behaviour, World
from rollouts import SERVICE, bring_all_up, context_of, deploy

from oneway.deploy import Done, live, rollback_action, run
from oneway.deploy.restart import restart_action
from oneway.model import Service
from oneway.targets.base import Release, State

BEFORE: dict[str, Any] = {"before": {"command": ["migrate"], "within": "5s"}}
VOLUME: dict[str, Any] = {"volumes": [{"name": "data", "path": "/data"}]}


def world_with(fields: dict[str, Any], behaviour: Behaviour, spec: Service | None = None) -> World:
    """Version 1 serves; version 2 behaves like this."""
    world = World(behaviours={"content-2.0.0": behaviour})
    assert deploy(FakeTarget(world), spec or spec_of(SERVICE, "1.0.0", **fields)).done is Done.LIVE
    return world


def newest(world: World) -> Release:
    return FakeTarget(world).records.releases(SERVICE)[0]


def runs_of(world: World, version: str) -> int:
    return sum(1 for name, each in world.ran if name == "before" and each == version)


def test_a_migration_runs_once_and_is_recorded_before_anything_starts() -> None:
    world = world_with(BEFORE, Behaviour())
    assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **BEFORE)).done is Done.LIVE
    assert world.ran == [("before", "1.0.0"), ("before", "2.0.0")]
    names = [each.name for each in newest(world).steps]
    assert names.index("before") < names.index("start")


@pytest.mark.parametrize(
    ("behaviour", "state", "reason"),
    [
        (Behaviour(before="failed"), State.ROLLED_BACK, "id's `before` failed: it ended with status 1"),
        (Behaviour(before_seconds=999), State.ROLLED_BACK, "id's `before` failed: it did not end within 5 s"),
        (Behaviour(before="cut off"), State.INTERRUPTED, "`before` of id was cut off, and nobody knows how far it got"),
    ],
    ids=["fails", "hangs", "is cut off"],
)
def test_a_migration_that_does_not_end_well_refuses_the_release(
    behaviour: Behaviour, state: State, reason: str
) -> None:
    world = world_with(BEFORE, behaviour)
    started = dict(world.processes)
    assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **BEFORE)).done is Done.FAILED
    assert (newest(world).state, newest(world).reason[: len(reason)]) == (state, reason)
    assert world.processes.keys() == started.keys()
    assert world.shares[SERVICE] == {1: 100}


def test_what_was_cut_off_may_be_deployed_again_and_what_failed_only_with_again() -> None:
    cut = world_with(BEFORE, Behaviour(before="cut off"))
    deploy(FakeTarget(cut), spec_of(SERVICE, "2.0.0", **BEFORE))
    cut.behaviours["content-2.0.0"] = Behaviour()
    assert deploy(FakeTarget(cut), spec_of(SERVICE, "2.0.0", **BEFORE)).done is Done.LIVE
    assert runs_of(cut, "2.0.0") == 2
    failed = world_with(BEFORE, Behaviour(before="failed"))
    deploy(FakeTarget(failed), spec_of(SERVICE, "2.0.0", **BEFORE))
    assert deploy(FakeTarget(failed), spec_of(SERVICE, "2.0.0", **BEFORE)).done is Done.REFUSED


def test_a_restart_and_a_way_back_run_no_migration() -> None:
    world = world_with(BEFORE, Behaviour())
    deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **BEFORE))
    for action in (restart_action, rollback_action):
        context = context_of(FakeTarget(world))
        (result,) = run(context, [action(context, SERVICE)], 1)
        assert result.done is Done.LIVE
    assert len(world.ran) == 2


class Killer:
    """Kills at the chosen instant; counts them, and holds what must never be."""

    def __init__(self, world: World, at: int | None, alone: bool) -> None:
        self.world, self.at, self.alone, self.instants = world, at, alone, 0

    def __call__(self, step: str) -> None:
        self.instants += 1
        if self.alone:
            running = [
                key
                for key, found in self.world.processes.items()
                if key[0] == SERVICE and any(not each.dead for each in found.values())
            ]
            assert len(running) <= 1, f"two releases at once: {running}"
        if self.instants == self.at:
            raise Killed


@pytest.mark.parametrize("follow_up", ["up", "deploy"])
@pytest.mark.parametrize("fields", [BEFORE, VOLUME, {**BEFORE, **VOLUME}], ids=["before", "alone", "both"])
@pytest.mark.parametrize("behaviour", [Behaviour(), Behaviour(check=500)], ids=["good", "bad"])
def test_killed_at_every_instant(follow_up: str, fields: dict[str, Any], behaviour: Behaviour) -> None:
    """One release serves in the end, never two at once of what runs alone, and no migration is run twice."""
    start, alone = world_with(fields, behaviour), "volumes" in fields
    spec = spec_of(SERVICE, "2.0.0", **fields)
    whole = Killer(copy.deepcopy(start), None, alone)
    deploy(FakeTarget(whole.world, whole), spec)
    for at in range(1, whole.instants + 1):
        world = copy.deepcopy(start)
        try:
            deploy(FakeTarget(world, Killer(world, at, alone)), spec)
        except Killed:
            world.holders.clear()
        watched = FakeTarget(world, Killer(world, None, alone))
        if follow_up == "up":
            bring_all_up(watched)
        else:
            deploy(watched, spec)
        current = live(FakeTarget(world).records.releases(SERVICE))
        assert current is not None
        assert current.version == ("1.0.0" if behaviour.check == 500 else current.version)
        assert world.shares[SERVICE] == {current.number: 100}, at
        assert list(world.processes) == [(SERVICE, current.number, None)], at
        assert runs_of(world, "2.0.0") <= 1
        if follow_up == "deploy" and behaviour.check != 500:
            assert current.version == "2.0.0", at


def test_what_runs_alone_says_what_it_costs() -> None:
    world = world_with(VOLUME, Behaviour())
    deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **VOLUME))
    steps = {each.name: each.detail for each in newest(world).steps}
    assert steps["make room"] == "1.0.0 (release 1) has stopped"
    assert "nobody answered for" in steps["shift 100%"]
    assert [name for name in steps if name.startswith("shift")] == ["shift 100%"]


@pytest.mark.parametrize("before", ["with", "without"])
def test_adding_or_dropping_a_volume_keeps_them_apart_too(before: str) -> None:
    first, second = (VOLUME, {}) if before == "with" else ({}, VOLUME)
    world = world_with(first, Behaviour())
    killer = Killer(world, None, True)
    deploy(FakeTarget(world, killer), spec_of(SERVICE, "2.0.0", **second))
    assert live(FakeTarget(world).records.releases(SERVICE)).version == "2.0.0"  # type: ignore[union-attr]


def test_many_writers_run_side_by_side() -> None:
    shared = {"volumes": [{"name": "data", "path": "/data", "writers": "many"}]}
    world = world_with(shared, Behaviour())
    deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **shared))
    assert "make room" not in [each.name for each in newest(world).steps]
    assert "shift 10%" in [each.name for each in newest(world).steps]


def job(version: str, **fields: Any) -> Service:
    body = {"kind": "job", "endpoints": [], "smoke": [], "jobs": {"a": {"command": ["x"]}}, "health": {}, **fields}
    return spec_of(SERVICE, version, **body)


@pytest.mark.parametrize(("trial", "state"), [("passed", State.LIVE), ("failed", State.ROLLED_BACK)])
def test_a_job_is_tried_by_its_command_and_starts_nothing(trial: str, state: State) -> None:
    health = {"command": ["can-run"], "startup": {"within": "5s"}}
    world = world_with({}, Behaviour(before=trial), job("1.0.0", health=health))
    deploy(FakeTarget(world), job("2.0.0", health=health))
    assert (newest(world).state, world.processes) == (state, {})
    assert world.ran == [("trial", "1.0.0"), ("trial", "2.0.0")]


def test_a_worker_that_runs_on_is_judged_by_time_without_a_restart() -> None:
    worker: dict[str, Any] = {"endpoints": [], "smoke": [], "health": {"command": ["ready"]}}
    world = world_with(worker, Behaviour())
    assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **worker)).done is Done.LIVE
    steps = {each.name: each.detail for each in newest(world).steps}
    assert "without a restart" in steps["bake"]
    world.behaviours["content-3.0.0"] = Behaviour(dies_after=1.0)
    assert deploy(FakeTarget(world), spec_of(SERVICE, "3.0.0", **worker)).done is Done.FAILED
    assert "exited with status 9" in newest(world).reason


def test_who_meets_a_worker_on_its_channel_must_not_break() -> None:
    worker: dict[str, Any] = {"endpoints": [], "smoke": [], "subscribes": ["orders"], "health": {}}
    world = world_with(worker, Behaviour())
    shop = spec_of("shop", "1.0.0", publishes=["orders"])
    assert deploy(FakeTarget(world), shop).done is Done.LIVE
    # With the second worker there the shop answers wrongly: it was good before.
    target = FakeTarget(world)

    def spoil(step: str) -> None:
        if (SERVICE, 2, None) in world.processes:
            world.behaviours["content-1.0.0"] = Behaviour(check=500)

    target.on_step = spoil
    result = deploy(target, spec_of(SERVICE, "2.0.0", **worker))
    assert result.done is Done.FAILED
    assert "shop, which it meets on a channel, would break" in result.reason
    # What failed before is not held against it.
    assert deploy(FakeTarget(world), spec_of(SERVICE, "3.0.0", **worker)).done is Done.LIVE
