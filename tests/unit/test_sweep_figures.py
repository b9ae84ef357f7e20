"""What is due, what is sent in turns, what a window shows, and what goals mean."""

from itertools import islice
from random import Random

import pytest

from oneway.errors import UsageError
from oneway.model import Check, Duration, Endpoint, Expect, Latency, Load, LoadRequest, Request, Service, Slo
from oneway.model.load_mix import mix_of
from oneway.sweep.arrivals import due_times, take_turns
from oneway.sweep.goal import Goal, declared_goal, read_goal
from oneway.sweep.holding import is_hopeless, judge
from oneway.sweep.window import Reply, Window, percentile, trend


def window(*seconds: float, rate: float = 10.0, fault: str = "") -> Window:
    replies = tuple(Reply(at / rate, each, fault if each == max(seconds) else "") for at, each in enumerate(seconds))
    return Window(rate, len(seconds) / rate, replies, 0.0)


@pytest.mark.parametrize(("rate", "seconds"), [(1, 7), (33.3, 3), (1000, 2.5)])
def test_so_many_are_due_in_each_slot_whatever_the_answers_do(rate: float, seconds: float) -> None:
    due = list(due_times(rate, seconds, Random(3)))
    assert len(due) == round(rate * seconds)
    assert all(at / rate <= each <= (at + 1) / rate for at, each in enumerate(due))
    assert due != list(due_times(rate, seconds, Random(4)))


@pytest.mark.parametrize("weights", [(1.0,), (1.0, 3.0), (2.0, 0.0, 5.0, 0.5), (0.1, 0.1)])
def test_turns_are_taken_as_weighed_and_evenly_spread(weights: tuple[float, ...]) -> None:
    taken = list(islice(take_turns(weights), 2000))
    for at, weight in enumerate(weights):
        assert taken.count(at) == pytest.approx(2000 * weight / sum(weights), abs=1.5)
    assert list(take_turns((0.0, 0.0))) == []


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(each) for each in range(1, 101)]
    assert [percentile(values, each) for each in (50, 99, 100, 0.1)] == [50, 99, 100, 1]
    assert percentile([7.0], 99) == 7
    assert percentile([], 50) is None


@pytest.mark.parametrize("overload", [1.05, 1.3, 2.5])
def test_the_trend_of_a_queue_is_how_much_faster_it_is_filled(overload: float) -> None:
    replies = [Reply(at / 100, 0.01 + at * (overload - 1) / 100) for at in range(300)]
    slope, error = trend(replies)
    assert slope == pytest.approx(overload - 1)
    assert error < 1e-6
    assert trend(replies[:5])[1] == float("inf")


def test_answers_a_second_are_those_of_the_service_when_it_is_behind() -> None:
    behind = Window(100.0, 3.0, tuple(Reply(at / 100, 0.01 + at / 100) for at in range(300)), 0.0)
    assert behind.answered == pytest.approx(50, rel=0.02)
    assert window(*[0.01] * 50).answered == pytest.approx(10)
    half = tuple(Reply(at / 10, 0.01, "500" if at % 2 else "") for at in range(50))
    assert Window(10.0, 5.0, half, 0.0).answered == pytest.approx(5)


def test_what_is_held_and_why_not() -> None:
    goal = Goal(((50.0, 0.1), (99.0, 0.5)), 0.01)
    assert judge(window(*[0.05] * 200), goal).held
    assert judge(window(*[0.05] * 198, 0.6, 0.7), goal).held
    narrow = judge(window(*[0.05] * 197, 0.6, 0.7, 0.8), goal)
    assert (narrow.held, narrow.plain) == (False, False)
    assert narrow.reason == "p99 is 600 ms, over 500 ms"
    assert judge(window(*[0.05] * 150, *[0.6] * 50), goal).plain
    assert judge(window(*[0.2] * 150), goal).reason == "p50 is 200 ms, over 100 ms"
    failed = judge(window(*[0.05] * 20, 0.06, fault="answers: status 500"), goal)
    assert failed.reason == "1 of 21 requests failed: answers: status 500"
    assert not judge(Window(5.0, 1.0, (), 1.0), goal).held


def test_a_window_is_given_up_only_when_it_is_lost() -> None:
    goal = Goal(((99.0, 0.5),))
    whole = Window(100.0, 5.0, tuple(Reply(at / 100, 0.01) for at in range(100)), 0.0)
    assert not is_hopeless(whole, [0.1] * 40, goal)
    assert not is_hopeless(whole, [0.6] * 24, goal)
    assert is_hopeless(whole, [0.6] * 25, goal)
    growing = tuple(Reply(at / 100, 0.01 + at / 100) for at in range(300))
    assert is_hopeless(Window(100.0, 5.0, growing, 0.0), [], Goal())
    assert not is_hopeless(Window(100.0, 5.0, growing[:100], 0.0), [], Goal())


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["p99=800ms"], "p99=800ms,errors=0.1%"),
        (["errors=2%"], "p90=1s,errors=2%"),
        (["p50=20ms,p99.9=1s", "errors=0%"], "p50=20ms,p99.9=1s,errors=0%"),
        ([" p95=1.5s "], "p95=1.5s,errors=0.1%"),
        ([], "p90=1s,errors=0.1%"),
    ],
)
def test_goals_as_people_write_them(texts: list[str], told: str) -> None:
    assert str(read_goal(texts, Goal(((90.0, 1.0),)))) == told


@pytest.mark.parametrize(
    "text",
    ["", "p99", "p99=", "p99=fast", "p0=1s", "p100=1s", "q99=1s", "errors=1", "errors=200%", "p99=0ms", "p99=1s,"],
)
def test_what_is_no_goal_is_said_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_goal([text], Goal())
    assert "--until p99=800ms" in caught.value.hint


def service(*smoke: Check, **fields: object) -> Service:
    return Service(
        api_version="oneway/v1",
        name="id",
        version="1.0.0",
        owner="ann",
        domain="core",
        endpoints=(Endpoint(name="http", port=80),),
        smoke=smoke,
        **fields,  # type: ignore[arg-type]
    )


def check(name: str, status: int = 200, within: float | None = None, **request: str) -> Check:
    expect = Expect(status=status, within=None if within is None else Duration(within))
    return Check(name=name, request=Request(path="/", **request), expect=expect)  # type: ignore[arg-type]


def test_the_goal_is_what_the_manifest_promises() -> None:
    promised = Slo(latency=Latency(p50=Duration(0.1), p99=Duration(0.8)))
    checks = (check("a", within=2.0), check("b", within=0.3))
    assert str(declared_goal(service(slo=promised), checks)) == "p50=100ms,p99=800ms,errors=0.1%"
    assert str(declared_goal(service(), checks)) == "p99=300ms,errors=0.1%"
    assert str(declared_goal(service(), ())) == "errors=0.1%"


def test_checks_are_requests_but_for_refusals_and_those_that_need_others() -> None:
    smoke = (
        check("gives", method="POST"),
        check("refuses", status=415),
        Check(name="finds", request=Request(path="/x/${id}")),
    )
    assert [(each.check.name, each.weight) for each in mix_of(service(*smoke))] == [("gives", 1.0)]
    own = LoadRequest(name="big", request=Request(path="/big"), weight=0.5)
    named = (LoadRequest(check="gives", weight=3), LoadRequest(check="refuses", weight=2), own)
    mixed = mix_of(service(*smoke, load=Load(requests=named)))
    assert [(each.check.name, each.weight, each.meant) for each in mixed] == [
        ("gives", 3, True),
        ("refuses", 2, True),
        ("big", 0.5, True),
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (LoadRequest(check="gone"), "a check 'gone' that it does not have"),
        (LoadRequest(check="finds"), "needs what another one captured"),
        (LoadRequest(weight=1), "neither `check` nor `request`"),
        (LoadRequest(request=Request(path="/${id}")), "has ${…}"),
        (LoadRequest(check="gives", weight=0), "no request to be measured with"),
    ],
)
def test_what_cannot_be_sent_is_said(entry: LoadRequest, said: str) -> None:
    smoke = (check("gives"), Check(name="finds", request=Request(path="/${id}")))
    with pytest.raises(UsageError, match="id") as caught:
        mix_of(service(*smoke, load=Load(requests=(entry,))))
    assert said in caught.value.message
    assert caught.value.hint
