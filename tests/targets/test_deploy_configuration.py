"""A changed secret is a change: told, and rolled out like one, in the release's own version."""

from dataclasses import replace
from typing import Any

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import Behaviour, World
from msgspec.structs import replace as changed
from rollouts import SERVICE, context_of, deploy

from oneway.deploy import Context, Done, Event, Wish, live, make_plan, restart_action, rollback_action, run
from oneway.deploy.fleet import perform
from oneway.deploy.preconditions import find_unmet
from oneway.errors import OnewayError
from oneway.model import Environment, Platform, System
from oneway.targets.base import Outcome, Release, State

SECRETS: dict[str, Any] = {
    "secrets": {"API_KEYS": {"name": "keys", "key": "api"}, "PASSWORD": {"name": "db", "key": "password"}}
}


@pytest.fixture
def world() -> World:
    """One that serves version 1 with two secrets."""
    made = World(secrets={"api": "one", "password": "two"})
    deploy(FakeTarget(made), spec_of(SERVICE, "1.0.0", **SECRETS))
    return made


def records(world: World) -> tuple[Release, ...]:
    return FakeTarget(world).records.releases(SERVICE)


def test_a_changed_secret_is_rolled_out_by_the_next_deploy(world: World) -> None:
    assert deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRETS)).done is Done.UNCHANGED
    world.secrets["password"] = "another"
    ended = deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRETS))
    assert ended.done is Done.LIVE
    assert [(each.number, each.version, each.repeats) for each in records(world)] == [
        (2, "1.0.0", 1),
        (1, "1.0.0", None),
    ]
    assert set(world.processes) == {(SERVICE, 2, None)}
    assert deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRETS)).done is Done.UNCHANGED
    assert "another" not in str(records(world)[0].reason)


def test_a_restart_that_fails_leaves_what_served_and_bars_nothing(world: World) -> None:
    world.secrets["api"] = "revoked"
    world.behaviours["content-1.0.0"] = Behaviour(check=500)
    target = FakeTarget(world)
    ended = perform(context_of(target), restart_action(context_of(target), SERVICE))
    assert (ended.done, records(world)[0].state) == (Done.FAILED, State.ROLLED_BACK)
    current = live(records(world))
    assert current is not None
    assert (current.number, world.shares[SERVICE]) == (1, {1: 100})
    world.behaviours.clear()
    assert deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0", **SECRETS)).done is Done.LIVE


def test_a_restart_says_what_has_changed_and_starts_anew_anyway(world: World) -> None:
    target = FakeTarget(world)
    action = restart_action(context_of(target), SERVICE)
    assert (action.wish, action.differences) == (Wish.RESTART, ("started anew, with nothing changed",))
    world.secrets["api"] = "another"
    action = restart_action(context_of(target), SERVICE)
    assert action.differences == ("secret API_KEYS: it has changed since release 1 was started",)
    assert perform(context_of(target), action).done is Done.LIVE
    assert [step.outcome for step in records(world)[0].steps] == [Outcome.PASS] * len(records(world)[0].steps)


def test_a_restart_of_what_was_replaced_meanwhile_is_refused(world: World) -> None:
    target = FakeTarget(world)
    action = restart_action(context_of(target), SERVICE)
    deploy(target, spec_of(SERVICE, "2.0.0", **SECRETS))
    ended = perform(context_of(target), action)
    assert (ended.done, "deployed by somebody else meanwhile" in ended.reason) == (Done.REFUSED, True)


def test_going_back_passes_over_restarts_of_the_same_content(world: World) -> None:
    target = FakeTarget(world)
    deploy(target, spec_of(SERVICE, "2.0.0", **SECRETS))
    perform(context_of(target), restart_action(context_of(target), SERVICE))
    action = rollback_action(context_of(target), SERVICE)
    assert (action.draft.version, action.draft.restores) == ("1.0.0", 1)


def test_nothing_that_runs_cannot_be_restarted() -> None:
    with pytest.raises(OnewayError, match="nothing of id serves"):
        restart_action(context_of(FakeTarget(World())), SERVICE)


def test_what_cannot_run_is_refused_before_a_release_exists(world: World) -> None:
    world.unmet["content-2.0.0"] = "the secrets file lacks [db] password"
    ended = deploy(FakeTarget(world), spec_of(SERVICE, "2.0.0", **SECRETS))
    assert (ended.done, ended.reason) == (Done.REFUSED, "the secrets file lacks [db] password; mend it")
    missing = {"smoke": [{"name": "takes a picture", "request": {"path": "/", "method": "POST", "file": "a.png"}}]}

    def unreadable(name: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", name)

    draft = records(world)[0]
    context = context_of(FakeTarget(world))
    (refusal,) = find_unmet(
        replace(context, read_file=unreadable), changed(draft, spec=spec_of(SERVICE, "3.0.0", **missing))
    )
    assert "id's check 'takes a picture' sends a.png, which cannot be read: No such file" in refusal.reason
    assert [each.number for each in records(world)] == [1]


def test_nothing_to_ask_is_skipped_and_warned_of() -> None:
    world = World()
    told: list[Event] = []
    target = FakeTarget(world)
    bare = spec_of(SERVICE, "1.0.0", smoke=[], health={"startup": {"within": "3s"}})
    platform = Platform(api_version="oneway/v1", name="trial", environments={"local": Environment(target="local")})
    system = System(platform, {SERVICE: bare}, {}, "platform.yaml", "local")
    context = Context(target, target.clock, told.append, lambda _: b"", "ann")
    plan = make_plan(context, system, [SERVICE], lambda spec: "content-1.0.0")
    assert run(context, plan.actions, 1)[0].done is Done.LIVE
    outcomes = {step.name: step.outcome for step in records(world)[0].steps}
    assert outcomes["smoke"] is Outcome.SKIPPED
    assert any(event.kind == "warning" and event.step == "smoke" for event in told)
