"""A user sees: after an abort some replicas of the new version run on, the old ones are gone, or it begins again and
again by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from fake_target import FakeTarget, Killed, spec_of
from fake_world import Behaviour, World
from rollouts import SERVICE, bring_all_up, context_of, deploy

from oneway.deploy import Done, rollback_action
from oneway.errors import OnewayError
from oneway.targets.base import Outcome, Release, State

SECRET: dict[str, Any] = {"secrets": {"API_KEYS": {"name": "keys", "key": "api"}}}


def versions_that_run(world: World) -> list[tuple[str, int]]:
    """Each version that has processes, with how many."""
    found = [(world.records[key[0]][key[1]].version, len(world.processes[key])) for key in world.processes]
    return sorted(found)


def records(world: World) -> tuple[Release, ...]:
    return FakeTarget(world).records.releases(SERVICE)


@pytest.mark.parametrize("replicas", [1, 4])
@pytest.mark.parametrize(
    "behaviour", [Behaviour(errors_from=50), Behaviour(dies_from=50), Behaviour(check=500), Behaviour(ready_after=None)]
)
def test_every_replica_of_what_was_taken_back_is_gone(behaviour: Behaviour, replicas: int) -> None:
    world = World(behaviours={"content-2.0.0": behaviour})
    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", replicas=2))
    assert deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", replicas=replicas)).done is Done.FAILED
    assert versions_that_run(world) == [("1.0.0", 2)]
    assert world.shares[SERVICE] == {1: 100}


def test_taking_back_where_nothing_is_under_way_touches_nothing() -> None:
    world = World()
    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", replicas=3))
    for _ in range(2):
        bring_all_up(FakeTarget(world))
        with pytest.raises(OnewayError):
            rollback_action(context_of(FakeTarget(world)), SERVICE)
        assert (versions_that_run(world), world.shares[SERVICE]) == ([("1.0.0", 3)], {1: 100})


def killed_at(step: str, times: int) -> Callable[[str], None]:
    left = [times]

    def on_step(name: str) -> None:
        if name == f"after {step}":
            left[0] -= 1
            if not left[0]:
                raise Killed

    return on_step


@pytest.mark.parametrize("times", [1, 2, 3])
def test_going_back_to_the_manifest_of_before_in_the_middle_of_a_rollout(times: int) -> None:
    world = World()
    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", replicas=2))
    with pytest.raises(Killed):
        deploy(FakeTarget(world, killed_at("shift", times)), spec_of(SERVICE, "2.0.0", replicas=2))
    back = deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", replicas=2))
    assert back.good
    assert (versions_that_run(world), world.shares[SERVICE]) == ([("1.0.0", 2)], {1: 100})


def test_a_check_that_was_cut_short_is_no_pass() -> None:
    world, asked = World(), [0]

    def stopped() -> bool:
        asked[0] += 1
        return asked[0] > 40

    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0"))
    slow = spec_of(SERVICE, "2.0.0", rollout={"steps": [50, 100], "interval": "9s", "bake": "9s", "within": "60s"})
    assert deploy(FakeTarget(world), slow, stopped=stopped).done is Done.INTERRUPTED
    last = records(world)[0]
    assert last.state is State.INTERRUPTED
    assert last.steps[-1].outcome is not Outcome.PASS
    assert versions_that_run(world) == [("1.0.0", 1)]


def test_a_secret_more_is_one_rollout_and_no_second() -> None:
    world = World(secrets={"api": "one"})
    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0"))
    assert deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRET)).done is Done.LIVE
    for _ in range(3):
        assert deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRET)).done is Done.UNCHANGED
    assert len(records(world)) == 2


def test_secrets_that_cannot_be_read_for_a_moment_are_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(secrets={"api": "one"})
    deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRET))
    target = FakeTarget(world)

    def unreadable(spec: object) -> dict[str, str]:
        raise OnewayError("the secrets cannot be read")

    monkeypatch.setattr(target, "configuration", unreadable)
    assert deploy(target, spec_of(SERVICE, "1.0.0", **SECRET)).done is Done.UNCHANGED
    assert len(records(world)) == 1
