"""What a killed deploy left is gone before anything else is judged, whichever service is deployed next."""

import copy

import pytest
from fake_target import FakeTarget, Killed, spec_of
from fake_world import World
from rollouts import CALLER, CASES, SERVICE, deploy, new_world, settled

from oneway.deploy import Done, live
from oneway.targets.base import Release

GOOD = CASES[0]


def deploy_caller(world: World, version: str) -> Done:
    """The caller's next version; while it is judged, the world must be clean."""

    def clean(step: str) -> None:
        newest = max(world.records[CALLER])
        if world.records[CALLER][newest].version == version:
            current = live(FakeTarget(world).records.releases(SERVICE))
            assert current is not None
            mine = [key for key in world.processes if key[0] == SERVICE or (key[2] or "").startswith(f"{SERVICE}/")]
            assert mine == [(SERVICE, current.number, None)], f"{step}: something was left behind"
            assert world.shares[SERVICE] == {current.number: 100}

    caller = spec_of(CALLER, version, calls=[{"to": SERVICE}])
    return deploy(FakeTarget(world, clean), caller, spec_of(SERVICE, "1.0.0"), whole=True).done


def killed_at(start: World, at: int | None) -> tuple[World, int]:
    """The world after a deploy of the service that was killed at that instant, and how many instants there were."""
    world, instants = copy.deepcopy(start), 0

    def kill(step: str) -> None:
        nonlocal instants
        instants += 1
        if instants == at:
            raise Killed

    try:
        deploy(FakeTarget(world, kill), spec_of(SERVICE, "2.0.0"))
    except Killed:
        world.holders.clear()
    return world, instants


def test_the_deploy_of_a_caller_clears_what_the_service_left() -> None:
    start = new_world(GOOD, with_old=True)
    before: Release | None = live(FakeTarget(start).records.releases(SERVICE))
    _, instants = killed_at(start, None)
    for at in range(1, instants + 1, 2):
        world, _ = killed_at(start, at)
        was_live = any(each.committed and each.version == "2.0.0" for each in world.records[SERVICE].values())
        assert deploy_caller(world, "1.1.0") is Done.LIVE
        settled(world, GOOD, before, "2.0.0" if was_live else "1.0.0")


@pytest.mark.parametrize("moment", ["after start", "after stop"])
def test_a_good_version_is_not_condemned_by_what_its_killed_deploy_left(moment: str) -> None:
    world = new_world(GOOD, with_old=True)

    def kill(step: str) -> None:
        if step == moment and any(key[2] == f"{SERVICE}/2" for key in world.processes):
            raise Killed

    with pytest.raises(Killed):
        deploy(FakeTarget(world, kill), spec_of(SERVICE, "2.0.0"))
    world.holders.clear()
    assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0")).done is Done.LIVE
