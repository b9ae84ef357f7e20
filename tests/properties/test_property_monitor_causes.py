"""Over random systems, paces and failures: one cause planted, one found, one told, and its end told too."""

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_monitor import Simulation, systems

from oneway.monitor.core.incidents import Told


@settings(max_examples=100, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), at=st.floats(200, 400), data=st.data())
def test_one_cause_planted_one_told(
    system: dict[str, tuple[str, ...]], seed: int, at: float, data: st.DataObject
) -> None:
    planted = data.draw(st.sampled_from(sorted(system)))
    simulation = Simulation(system, {planted: ((at, at + 500),)}, seed)
    told = simulation.run(at + 1000)
    assert [(each.kind, each.incident.service) for each in told] == [
        (Told.OPENED, planted),
        (Told.RESOLVED, planted),
    ]
    opened = told[0].time
    pace = simulation.paces[planted]
    assert opened - at <= pace.every * pace.fail_after + pace.within + max(
        each.window for each in simulation.paces.values()
    )
    assert simulation.incidents == {}


@settings(max_examples=50, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), data=st.data())
def test_a_cause_without_callees_is_told_within_its_own_looks(
    system: dict[str, tuple[str, ...]], seed: int, data: st.DataObject
) -> None:
    leaves = sorted(name for name, calls in system.items() if not calls)
    planted, at = data.draw(st.sampled_from(leaves)), 300.0
    simulation = Simulation(system, {planted: ((at, 1e9),)}, seed)
    (opened,) = simulation.run(at + 400)
    pace = simulation.paces[planted]
    assert opened.time - at <= pace.every * pace.fail_after + pace.within


@settings(max_examples=40, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), data=st.data())
def test_who_still_fails_when_its_callee_is_good_again_is_told_itself(
    system: dict[str, tuple[str, ...]], seed: int, data: st.DataObject
) -> None:
    callers = sorted(name for name, calls in system.items() if calls)
    if not callers:
        return
    caller = data.draw(st.sampled_from(callers))
    callee = data.draw(st.sampled_from(system[caller]))
    simulation = Simulation(system, {callee: ((300.0, 700.0),), caller: ((500.0, 1300.0),)}, seed)
    told = [(each.kind, each.incident.service) for each in simulation.run(1700)]
    assert told == [
        (Told.OPENED, callee),
        (Told.RESOLVED, callee),
        (Told.OPENED, caller),
        (Told.RESOLVED, caller),
    ]


@settings(max_examples=40, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), data=st.data())
def test_what_failed_before_its_callee_did_is_a_cause_of_its_own(
    system: dict[str, tuple[str, ...]], seed: int, data: st.DataObject
) -> None:
    callers = sorted(name for name, calls in system.items() if calls)
    if not callers:
        return
    caller = data.draw(st.sampled_from(callers))
    callee = data.draw(st.sampled_from(system[caller]))
    simulation = Simulation(system, {caller: ((300.0, 1400.0),), callee: ((600.0, 1000.0),)}, seed)
    told = [(each.kind, each.incident.service) for each in simulation.run(1800)]
    assert told == [
        (Told.OPENED, caller),
        (Told.OPENED, callee),
        (Told.RESOLVED, callee),
        (Told.RESOLVED, caller),
    ]


@settings(max_examples=100, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), data=st.data())
def test_a_gap_in_looking_makes_nobody_else_the_cause(
    system: dict[str, tuple[str, ...]], seed: int, data: st.DataObject
) -> None:
    """The monitor is killed, or the machine sleeps, about when the cause breaks or is mended, for however long."""
    planted = data.draw(st.sampled_from(sorted(system)))
    gaps = tuple(
        (start, start + data.draw(st.floats(0.1, 300)))
        for start in (data.draw(st.floats(270, 340)), data.draw(st.floats(1470, 1560)))
    )
    simulation = Simulation(system, {planted: ((300.0, 1500.0),)}, seed, gaps=gaps)
    told = [(each.kind, each.incident.service) for each in simulation.run(2400)]
    assert told == [(Told.OPENED, planted), (Told.RESOLVED, planted)]


@settings(max_examples=60, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), up=st.floats(0.1, 200), data=st.data())
def test_a_cause_that_breaks_again_before_its_callers_recover_is_the_only_one(
    system: dict[str, tuple[str, ...]], seed: int, up: float, data: st.DataObject
) -> None:
    planted = data.draw(st.sampled_from(sorted(system)))
    simulation = Simulation(system, {planted: ((300.0, 700.0), (700.0 + up, 1500.0))}, seed)
    told = simulation.run(2200)
    assert {each.incident.service for each in told} == {planted}
    assert told[-1].kind is Told.RESOLVED
