"""What the tests of the engine share: one service in a fake world, and the laws that hold in every state of it."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_target import FakeTarget, spec_of
from fake_world import Behaviour, World

from oneway.deploy import Context, Done, Result, bring_up, live, make_plan, run, unfinished
from oneway.deploy.fleet import perform
from oneway.model import Environment, Platform, Service, System
from oneway.targets.base import Condition, Outcome, Release, State

SERVICE = "id"
CALLER = "gate"


@dataclass(frozen=True)
class Case:
    """How a new version behaves, and whether it should get through. `traffic` is the largest share it may ever have."""

    name: str
    behaviour: Behaviour
    passes: bool = False
    traffic: int = 0


CASES = [
    Case("good", Behaviour(), passes=True, traffic=100),
    Case("crashes at start", Behaviour(starts=False)),
    Case("never ready", Behaviour(ready_after=None)),
    Case("ready, then dies", Behaviour(dies_after=0.35), traffic=10),
    Case("fails its check", Behaviour(check=500)),
    Case("is slow", Behaviour(check_seconds=2.0)),
    Case("breaks its callers", Behaviour(breaks_callers=True)),
    Case("errors from 10 %", Behaviour(errors_from=10), traffic=10),
    Case("errors from 50 %", Behaviour(errors_from=50), traffic=50),
    Case("errors at 100 %", Behaviour(errors_from=100), traffic=100),
    Case("dies at 50 %", Behaviour(dies_from=50), traffic=50),
    Case("fails at the front door", Behaviour(fails_alone_at_front=True), traffic=10),
    Case("dies while it bakes", Behaviour(dies_after_full=1.5), traffic=100),
]
FIRST_CASES = [each for each in CASES if each.name not in ("is slow", "breaks its callers")]


def new_world(case: Case, with_old: bool) -> World:
    """A world in which version 1 serves, with a caller, or nothing does; version 2 behaves as the case says."""
    world = World(behaviours={"content-2.0.0": case.behaviour})
    if with_old:
        deploy(FakeTarget(world), spec_of(SERVICE, "1.0.0"))
        caller = spec_of(CALLER, "1.0.0", calls=[{"to": SERVICE}])
        deploy(FakeTarget(world), caller, spec_of(SERVICE, "1.0.0"))
    return world


def context_of(target: FakeTarget, stopped: Callable[[], bool] = lambda: False) -> Context:
    return Context(target, target.clock, lambda _: None, lambda _: b"", "ann", stopped)


def deploy(
    target: FakeTarget,
    spec: Service,
    *others: Service,
    again: bool = False,
    stopped: Callable[[], bool] = lambda: False,
    content: str = "content",
    whole: bool = False,
) -> Result:
    """Plan and do it, with `whole` as the command does; refusals of the plan come back as a refused result."""
    platform = Platform(
        api_version="oneway/v1",
        name="trial",
        environments={"local": Environment(target="local")},
    )
    services = {each.name: each for each in sorted((spec, *others), key=lambda each: each.name)}
    system = System(platform, services, {}, "platform.yaml", "local")
    plan = make_plan(
        context_of(target),
        system,
        [spec.name],
        lambda each: f"{content}-{each.version}",
        again=again,
    )
    if plan.refusals:
        return Result(spec.name, Done.REFUSED, reason=plan.refusals[0].reason)
    context = context_of(target, stopped)
    return run(context, plan.actions, 1)[0] if whole else perform(context, plan.actions[0])


def lawful(world: World, case: Case, before: Release | None) -> None:
    """The laws of every single state, whoever was killed at whatever instant."""
    shares = world.shares.get(SERVICE, {})
    records = world.records.get(SERVICE, {})
    if before is not None:
        assert shares, "nobody serves"
        assert sum(shares.values()) == 100
        assert before.number in shares or any(records[number].committed for number in shares), (
            "the old one is forgotten"
        )
    for number, share in shares.items():
        release = records[number]
        assert world.processes.get((SERVICE, number, None)), f"traffic for {number}, which does not run"
        if release.version == "2.0.0" and share:
            allowed = case.traffic if before is not None else 100
            assert share <= allowed, f"{case.name}: {share} % of traffic"
    bad = [each for each in records.values() if each.committed and each.version == "2.0.0" and not case.passes]
    assert not bad, f"{case.name}: went live"


def settled(world: World, case: Case, before: Release | None, expected: str | None) -> None:
    """The laws of rest: exactly one release serves, alone, and the records say so."""
    target = FakeTarget(world)
    records = target.records.releases(SERVICE)
    current = live(records)
    assert unfinished(context_of(target), SERVICE) is None
    assert all(each.state not in (State.UNDER_WAY, State.ROLLING_BACK) for each in records)
    assert (current.version if current else None) == expected
    shares = {number: share for number, share in world.shares.get(SERVICE, {}).items() if share}
    assert shares == ({current.number: 100} if current else {})
    mine = [key for key in world.processes if key[0] == SERVICE or (key[2] or "").startswith(f"{SERVICE}/")]
    assert mine == ([(SERVICE, current.number, None)] if current else []), "something was left behind"
    if current is not None:
        for process in world.processes[(SERVICE, current.number, None)].values():
            assert world.condition((SERVICE, current.number, None), process, current)[0] is Condition.READY
    assert not world.holders
    for each in records:
        if each.state is State.LIVE:
            assert [step.outcome for step in each.steps] == [Outcome.PASS] * len(each.steps)


def bring_all_up(target: FakeTarget) -> None:
    """What `platform up` does."""
    for name in target.records.services():
        bring_up(context_of(target), name)


FOLLOW_UPS: dict[str, Callable[[FakeTarget], object]] = {
    "the same deploy again": lambda target: deploy(target, spec_of(SERVICE, "2.0.0")),
    "a deploy of another version": lambda target: deploy(target, spec_of(SERVICE, "3.0.0")),
    "up": bring_all_up,
}


def expected_after(follow_up: str, case: Case, with_old: bool, was_live: bool) -> str | None:
    """The version that must serve in the end."""
    old = "1.0.0" if with_old else None
    match follow_up:
        case "a deploy of another version":
            return "3.0.0"
        case "up":
            return "2.0.0" if was_live else old
    return "2.0.0" if case.passes else old
