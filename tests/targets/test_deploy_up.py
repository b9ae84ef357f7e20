"""What `platform up SERVICE` makes of a release that was stopped by hand."""

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import World
from rollouts import SERVICE, context_of, deploy

from oneway.deploy import bring_up, stop
from oneway.targets.base import State, TargetError


@pytest.fixture
def world() -> World:
    """One whose service was stopped by hand."""
    made = World()
    target = FakeTarget(made)
    deploy(target, spec_of(SERVICE, "1.0.0"))
    stop(context_of(target), SERVICE)
    return made


def state(world: World) -> State:
    return FakeTarget(world).records.releases(SERVICE)[0].state


def test_what_cannot_be_prepared_stays_stopped(world: World) -> None:
    def refuse(step: str) -> None:
        if step == "before build":
            raise TargetError("the build is gone", "go back to the commit that it was deployed from")

    with pytest.raises(TargetError, match="the build is gone"):
        bring_up(context_of(FakeTarget(world, refuse)), SERVICE, start=True)
    assert state(world) is State.STOPPED
    assert "was stopped by hand" in bring_up(context_of(FakeTarget(world)), SERVICE)
    assert not world.shares


def test_what_is_prepared_is_live_before_it_serves(world: World) -> None:
    seen: list[tuple[str, State]] = []
    target = FakeTarget(world, lambda step: seen.append((step, state(world))))
    assert bring_up(context_of(target), SERVICE, start=True) == "1.0.0 serves"
    assert ("after build", State.STOPPED) in seen
    assert ("before start", State.LIVE) in seen
    assert state(world) is State.LIVE
    assert target.users(SERVICE, 1) == ["1.0.0"]
