"""What comes of a plan when somebody else was quicker."""

from collections.abc import Callable

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import World
from rollouts import SERVICE, context_of, deploy

from oneway.deploy import Done, rollback_action, stop
from oneway.deploy.fleet import perform


@pytest.mark.parametrize(
    ("quicker", "told"),
    [
        (lambda target: deploy(target, spec_of(SERVICE, "3.0.0")), "id was deployed by somebody else meanwhile"),
        (lambda target: stop(context_of(target), SERVICE), "id was stopped by somebody else meanwhile"),
    ],
)
def test_a_rollback_does_not_undo_what_it_was_not_planned_on(
    quicker: Callable[[FakeTarget], object], told: str
) -> None:
    world = World()
    target = FakeTarget(world)
    for version in ("1.0.0", "2.0.0"):
        deploy(target, spec_of(SERVICE, version))
    planned = rollback_action(context_of(target), SERVICE)
    quicker(target)
    before = dict(world.shares)
    result = perform(context_of(target), planned)
    assert (result.done, result.reason.partition(";")[0]) == (Done.REFUSED, told)
    assert world.shares == before
