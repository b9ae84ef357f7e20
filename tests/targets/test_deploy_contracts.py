"""A deploy refuses what would break callers that run, each judged by what it was released beside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fake_target import FakeTarget, spec_of
from fake_world import World
from msgspec.structs import replace as changed
from rollouts import context_of

from oneway.deploy import Plan, make_plan, run
from oneway.model import Environment, Platform, Service, System
from oneway.targets.base import State

ENDPOINTS = [{"name": "http", "port": 8080, "openapi": "api.json"}]


def api(*paths: str) -> bytes:
    return json.dumps({"openapi": "3.1.0", "paths": {each: {"get": {"responses": {}}} for each in paths}}).encode()


def planned(world: World, described: bytes, asked: Sequence[str], *specs: Service, go: bool = False) -> Plan:
    """The plan, with that description in the repository; with `go` it is carried out."""
    platform = Platform(api_version="oneway/v1", name="trial", environments={"local": Environment(target="local")})
    services: Mapping[str, Service] = {each.name: each for each in sorted(specs, key=lambda each: each.name)}
    context = replace(context_of(FakeTarget(world)), read_file=lambda _: described)
    system = System(platform, dict(services), {}, "platform.yaml", "local")
    plan = make_plan(context, system, asked, lambda each: f"content-{each.version}")
    if go:
        assert plan.refusals == ()
        run(context, plan.actions, 1)
    return plan


def callee(version: str, **fields: Any) -> Service:
    return spec_of("id", version, endpoints=ENDPOINTS, **fields)


def caller(number: str = "1.0.0", **call: Any) -> Service:
    return spec_of("gate", number, calls=[{"to": "id", **call}])


@pytest.fixture
def world() -> World:
    """One in which gate runs, made for an API with two paths."""
    made = World()
    planned(made, api("/a", "/b"), ["gate", "id"], callee("1.0.0"), caller(), go=True)
    return made


def test_a_caller_that_would_fail_refuses_the_release(world: World) -> None:
    (refusal,) = planned(world, api("/b"), ["id"], callee("1.1.0"), caller()).refusals
    assert refusal.reason == (
        "it would break gate 1.0.0 (release 1), which was released beside id 1.0.0: GET /a: it is gone"
    )
    assert "accept: [{rule: contract-broken" in refusal.hint
    assert planned(world, api("/a", "/b", "/c"), ["id"], callee("1.1.0"), caller()).refusals == ()


def test_every_step_is_judged_by_what_the_caller_was_made_for(world: World) -> None:
    planned(world, api("/a", "/b", "/c"), ["id"], callee("1.1.0"), caller(), go=True)
    assert planned(world, api("/a", "/b"), ["id"], callee("1.2.0"), caller()).refusals == ()
    planned(world, api("/a", "/b", "/c"), ["gate"], callee("1.1.0"), caller("1.1.0"), go=True)
    (refusal,) = planned(world, api("/a", "/b"), ["id"], callee("1.2.0"), caller("1.1.0")).refusals
    assert "gate 1.1.0 (release 2), which was released beside id 1.1.0: GET /c: it is gone" in refusal.reason


def test_what_comes_with_it_or_is_lived_with_or_optional_is_a_warning(world: World) -> None:
    plan = planned(world, api("/b"), ["gate", "id"], callee("1.1.0"), caller("1.1.0"))
    assert plan.refusals == ()
    (warning,) = plan.actions[0].warnings
    assert warning.startswith("it breaks gate 1.0.0 (release 1)")
    assert "until its own release takes over: GET /a: it is gone" in warning
    unchanged = planned(world, api("/b"), ["gate", "id"], callee("1.1.0"), caller())
    assert len(unchanged.refusals) == 1
    accepted = callee("1.1.0", accept=[{"rule": "contract-broken", "reason": "nobody asks for /a"}])
    plan = planned(world, api("/b"), ["id"], accepted, caller())
    assert plan.refusals == ()
    assert len(plan.actions[0].warnings) == 1
    over = callee("1.1.0", accept=[{"rule": "contract-broken", "reason": "for a week", "until": "1969-01-01"}])
    assert len(planned(world, api("/b"), ["id"], over, caller()).refusals) == 1


def test_a_caller_that_answers_without_it_only_warns() -> None:
    world = World()
    planned(world, api("/a"), ["gate", "id"], callee("1.0.0"), caller(required=False), go=True)
    plan = planned(world, api("/b"), ["id"], callee("1.1.0"), caller(required=False))
    assert plan.refusals == ()
    assert len(plan.actions[0].warnings) == 1


def test_a_range_with_a_new_first_number_says_that_the_caller_knows() -> None:
    world = World()
    knows = caller(version=">=1,<3")
    planned(world, api("/a"), ["gate", "id"], callee("1.0.0"), knows, go=True)
    assert planned(world, api("/b"), ["id"], callee("2.0.0"), knows).refusals == ()
    assert len(planned(world, api("/b"), ["id"], callee("1.1.0"), knows).refusals) == 1


def test_what_is_not_known_is_said(world: World) -> None:
    plan = planned(world, b"{", ["id"], callee("1.1.0"), caller())
    assert plan.refusals == ()
    (warning,) = plan.actions[0].warnings
    assert warning.startswith("it may break gate 1.0.0 (release 1)")
    assert warning.endswith("what 1.1.0 promises is not kept, so nothing was compared")


def test_a_caller_that_was_stopped_stands_in_nobodys_way(world: World) -> None:
    for number, release in world.records["gate"].items():
        world.records["gate"][number] = changed(release, state=State.STOPPED)
    assert planned(world, api("/b"), ["id"], callee("1.1.0"), caller()).refusals == ()
