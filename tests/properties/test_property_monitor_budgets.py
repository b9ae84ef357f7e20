"""Over random systems, paces and failures, on a monitor of today and one of long ago: one cause, one post, budgets or
not; and what a callee costs is never a service's own."""

import tempfile
from itertools import accumulate
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_monitor import systems
from simulated_watch import Watch

from oneway.monitor.core.incidents import Told
from oneway.monitor.core.schedule import Pace

System = dict[str, tuple[str, ...]]


@settings(max_examples=12, deadline=None)
@given(
    system=systems(),
    seed=st.integers(0, 1 << 30),
    at=st.floats(0, 600),
    lasts=st.floats(60, 1200),
    old=st.booleans(),
    objective=st.sampled_from([99.0, 99.9, 99.99]),
    data=st.data(),
)
def test_one_cause_is_one_post(
    system: System, seed: int, at: float, lasts: float, old: bool, objective: float, data: st.DataObject
) -> None:
    planted = data.draw(st.sampled_from(sorted(system)))
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(
            system, {planted: ((at, at + lasts),)}, seed, file=Path(folder) / "m.db", objective=objective, old=old
        )
        told = [(each.kind, each.incident.service, each.incident.state) for each in watch.run(at + lasts + 900)]
    assert told in ([], [(Told.OPENED, planted, "fails"), (Told.RESOLVED, planted, "fails")])
    assert told or lasts < 2 * 30 * 3
    for name, budgets in watch.board.budgets.items():
        if name != planted:
            assert budgets["intrinsic"].left in (None, 1.0), "only the cause pays with its own"


@settings(max_examples=4, deadline=None)
@given(system=systems(), seed=st.integers(0, 1 << 30), data=st.data())
def test_failures_too_short_for_an_incident_are_told_of_where_they_arise(
    system: System, seed: int, data: st.DataObject
) -> None:
    """Whoever calls what fails for seconds, now and then, fails with it as often, and nobody is told of it."""
    planted = data.draw(st.sampled_from(sorted(system)))
    gaps = Random(seed)
    starts = accumulate(gaps.uniform(50, 150) for _ in range(20))
    blips = tuple((start, start + 8.0) for start in starts)
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(system, {planted: blips}, seed, file=Path(folder) / "m.db", old=True)
        watch.pace_all(Pace(every=5.0, within=1.0, fail_after=4, recover_after=2))
        told = [(each.kind, each.incident.service) for each in watch.run(1500)]
    assert told == [(Told.OPENED, planted)]
