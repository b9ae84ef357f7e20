"""How many replicas a load asks for: the numbers of Kubernetes' HorizontalPodAutoscaler, bounded by the machine."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.manifest.decode import decode
from oneway.model import Scale, Service
from oneway.targets.local.elastic.decide import CALM_SECONDS, Asked, Measured, decide
from oneway.targets.local.elastic.usage import asked_cores, room_for

ROOM = 1000


def decided(current: int, *percents: float, scale: Scale | None = None, before: tuple[Asked, ...] = ()) -> int:
    wide = scale or Scale(min=1, max=100, cpu=50)
    return decide(wide, current, Measured(1000.0, percents), before, ROOM).replicas


@pytest.mark.parametrize(
    ("current", "percents", "replicas"),
    [
        # ceil(current * measured / declared), as the documentation of Kubernetes works it out
        (1, (100.0,), 2),
        (2, (100.0, 100.0), 4),
        (4, (25.0,) * 4, 2),
        (3, (60.0,) * 3, 4),
        (10, (50.0,) * 10, 10),
        # within a tenth nothing changes
        (10, (55.0,) * 10, 10),
        (10, (45.0,) * 10, 10),
        (10, (56.0,) * 10, 12),
        (10, (44.0,) * 10, 9),
        # at most doubled, or four more
        (1, (5000.0,), 5),
        (10, (5000.0,) * 10, 20),
        (4, (0.0,) * 4, 1),
        # the mean counts, not the busiest
        (2, (100.0, 0.0), 2),
    ],
)
def test_the_numbers_are_those_of_the_autoscaler(current: int, percents: tuple[float, ...], replicas: int) -> None:
    assert decided(current, *percents) == replicas


def test_it_shrinks_only_when_nothing_of_the_last_five_minutes_asked_for_more() -> None:
    def asked(ago: float, replicas: int) -> Asked:
        return Asked(1000.0 - ago, replicas)

    assert decided(6, *(5.0,) * 6, before=(asked(CALM_SECONDS - 1, 4), asked(10, 2))) == 4
    assert decided(6, *(5.0,) * 6, before=(asked(CALM_SECONDS + 1, 4), asked(10, 2))) == 2
    assert decided(6, *(5.0,) * 6, before=(asked(10, 9),)) == 6, "what asked for more than there are adds none now"


def test_what_the_machine_has_no_room_for_is_told_and_not_started() -> None:
    scale = Scale(min=1, max=10, cpu=50)
    decision = decide(scale, 2, Measured(0.0, (200.0, 200.0)), (), 3)
    assert (decision.replicas, decision.blocked) == (3, "the load asks for 6 replicas, and this machine has room for 3")
    assert decide(scale, 4, Measured(0.0, (200.0,) * 4), (), 2).replicas == 4, "what runs is not ended for want of room"
    assert decide(Scale(min=3, max=10, cpu=50), 3, Measured(0.0, (50.0,) * 3), (), 1).replicas == 3
    assert decide(scale, 2, Measured(0.0, (50.0, 50.0)), (), 1).blocked == ""


LOADS = st.lists(st.floats(0, 100_000), min_size=1, max_size=40)
SCALES = st.tuples(st.integers(1, 20), st.integers(0, 80), st.integers(1, 100)).map(
    lambda each: Scale(min=each[0], max=each[0] + each[1], cpu=each[2])
)
BEFORE = st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 200)).map(lambda each: Asked(*each)), max_size=8)


@given(LOADS, SCALES, BEFORE, st.integers(1, 200))
def test_it_stays_in_its_range_and_starts_nothing_without_room(
    load: list[float], scale: Scale, before: list[Asked], room: int
) -> None:
    decision = decide(scale, len(load), Measured(1000.0, tuple(load)), before, room)
    assert scale.min <= decision.replicas <= scale.max
    assert decision.replicas <= max(len(load), room, scale.min)
    assert bool(decision.blocked) <= (decision.replicas < scale.max)


@given(LOADS, SCALES, BEFORE, st.floats(1, 10))
def test_more_load_never_asks_for_fewer(load: list[float], scale: Scale, before: list[Asked], factor: float) -> None:
    less = decide(scale, len(load), Measured(1000.0, tuple(load)), before, ROOM)
    more = decide(scale, len(load), Measured(1000.0, tuple(factor * each for each in load)), before, ROOM)
    assert more.replicas >= less.replicas


@given(LOADS, SCALES)
def test_a_steady_load_settles_where_it_is_served_as_declared(load: list[float], scale: Scale) -> None:
    total, current, asked, at = sum(load), len(load), list[Asked](), 0.0
    for _ in range(80):
        at += 15.0
        decision = decide(scale, current, Measured(at, (total / current,) * current), asked, ROOM)
        asked.append(decision.asked)
        current = decision.replicas
    wanted = total / scale.cpu
    assert current == scale.max or total / current <= scale.cpu * 1.1 + 1e-6
    assert current == scale.min or current - 1 <= wanted * 1.12 + 1


@pytest.mark.parametrize("cpu", ["0", "1m", "4"])
def test_whatever_one_asks_for_at_least_one_has_room(cpu: str) -> None:
    spec = decode({**SERVICE, "resources": {"cpu": cpu, "memory": "0"}}, Service)
    assert asked_cores(spec) > 0
    assert room_for(spec, {}, []) >= 1


@pytest.mark.parametrize(
    ("resources", "cores"),
    [({}, 0.1), ({"cpu": "500m"}, 0.5), ({"limits": {"cpu": "50m"}}, 0.05), ({"limits": {"cpu": "2"}}, 0.1)],
)
def test_what_one_asks_for_is_what_its_pod_would(resources: dict[str, Any], cores: float) -> None:
    assert asked_cores(decode({**SERVICE, "resources": resources}, Service)) == cores


SERVICE = {"apiVersion": "oneway/v1", "service": "web", "version": "1.0.0", "owner": "ann", "domain": "works"}
