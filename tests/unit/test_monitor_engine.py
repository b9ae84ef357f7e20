"""The monitor at work over real sockets: who is told what, what no fault of others may do to it."""

from pathlib import Path

import hostile_server as hostile
import msgspec
import pytest
from watched_services import BAD, GOOD, QUICK, Call, Told, given, release, service, watching

from oneway.model import Check, CheckMonitoring, Duration, Expect, Maintenance, Request, ServiceMonitoring
from oneway.monitor.core.look import Health
from oneway.monitor.states import State, check_state, service_state

pytestmark = pytest.mark.timeout(120)
DOOR = service("door", Call(to="middle"), Call(to="base", required=False))
MIDDLE = service("middle", Call(to="base", required=False))
BASE = service("base")


def test_one_cause_is_told_once_with_what_it_takes_along(tmp_path: Path) -> None:
    with given(DOOR, MIDDLE, BASE) as found, watching(found, data=tmp_path / "m.db") as watcher:
        watcher.looks(2)
        found.modes |= {"middle": BAD, "door": BAD}
        watcher.until(lambda: service_state(watcher.board, "door").state is State.BLOCKED, "the door is blocked")
        watcher.looks(4)
        (alert,) = watcher.told.alerts
        assert (alert["kind"], alert["service"], alert["blocked"]) == ("opened", "middle", ["door"])
        assert (alert["owner"]["name"], alert["backup"]["name"]) == ("Ann", "Bob")
        assert "expected 200, got 500 broken" in alert["reason"]
        assert service_state(watcher.board, "door").words == "blocked by middle"
        found.modes |= {"middle": GOOD, "door": GOOD}
        watcher.until(lambda: len(watcher.told.alerts) == 2, "the end is told")
        assert watcher.told.kinds[1] == ("resolved", "middle")
        watcher.looks(3)
        assert len(watcher.told.alerts) == 2


def test_who_can_do_without_is_degraded_and_not_told_of(tmp_path: Path) -> None:
    with given(MIDDLE, BASE) as found, watching(found, data=tmp_path / "m.db") as watcher:
        watcher.looks(2)
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "base is told of")
        watcher.looks(2)
        assert service_state(watcher.board, "middle").words == "works, degraded without base"
        assert watcher.told.kinds == [("opened", "base")]
        assert watcher.told.alerts[0]["degraded"] == ["middle"]


def test_an_answer_that_names_the_callee_is_evidence(tmp_path: Path) -> None:
    """The caller can do without base, as it declares; its own answer says that it could not."""
    problem = hostile.answer(502, b'{"title": "no answer", "callee": "base"}', "Content-Type: application/problem+json")
    with given(MIDDLE, BASE) as found, watching(found, data=tmp_path / "m.db") as watcher:
        watcher.looks(2)
        found.modes |= {"base": BAD, "middle": problem}
        watcher.until(lambda: service_state(watcher.board, "middle").state is State.BLOCKED, "middle is blocked")
        watcher.looks(2)
        assert watcher.told.kinds == [("opened", "base")]


def test_a_stop_by_hand_makes_exactly_one_post(tmp_path: Path) -> None:
    with given(DOOR, MIDDLE, BASE) as found, watching(found, data=tmp_path / "m.db") as watcher:
        watcher.looks(2)
        found.modes |= {"door": BAD, "middle": BAD}
        found.stopped.add("middle")
        watcher.until(lambda: bool(watcher.told.alerts), "the stop is told")
        watcher.looks(4)
        assert [(e["service"], e["state"], e["blocked"]) for e in watcher.told.alerts] == [
            ("middle", "was stopped by hand", ["door"])
        ]
        assert service_state(watcher.board, "middle").state is State.STOPPED
        assert service_state(watcher.board, "door").words == "blocked by middle"


@pytest.mark.parametrize(
    "mode", [hostile.drip_body, hostile.drip_head, hostile.stream_events, hostile.say_nothing, hostile.pour]
)
def test_a_slow_or_endless_answer_delays_no_other(mode: hostile.Respond, tmp_path: Path) -> None:
    slow = [service(f"slow{number}") for number in range(20)]
    patient = Check(name="answers", request=Request(path="/"), monitoring=CheckMonitoring(every=Duration(3)))
    with given(service("base", checks=(patient,)), *slow) as found:
        for each in slow:
            found.modes[each.name] = mode
        with watching(found, data=tmp_path / "m.db") as watcher:
            watcher.until(lambda: service_state(watcher.board, "slow0").state is State.FAILS, "the slow ones fail")
            before = watcher.board.counts[("base", "answers", "good")]
            watcher.looks(2)
            assert watcher.board.counts[("base", "answers", "good")] >= before + 2
            assert watcher.engine.well
            assert ("base", "answers", "bad") not in watcher.board.counts


def test_state_and_last_answer_never_contradict_each_other() -> None:
    patient = msgspec.structs.replace(QUICK, fail_after=4, recover_after=4)
    with given(BASE) as found, watching(found, patient) as watcher:
        watcher.looks(1)
        key, seen = ("base", "answers"), set[tuple[State, str]]()

        def note() -> bool:
            shown, standing = check_state(watcher.board, key), watcher.board.standings[key]
            assert standing.last is not None
            seen.add((shown.state, standing.last.health.value))
            return shown.state is State.FAILS

        found.modes["base"] = BAD
        watcher.until(note, "it fails")
        found.modes["base"] = GOOD
        watcher.until(lambda: not note() and check_state(watcher.board, key).state is State.WORKS, "it works")
        assert (State.WORKS, "bad") not in seen
        assert (State.FAILS, "good") not in seen
        assert (State.UNKNOWN, "bad") in seen
        assert (State.UNKNOWN, "good") in seen


def test_nothing_is_told_of_the_first_good_look_nor_again_after_a_restart(tmp_path: Path) -> None:
    told = Told()
    with given(BASE, MIDDLE) as found:
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(2)
            assert told.alerts == []
            found.modes["base"] = BAD
            watcher.until(lambda: bool(told.alerts), "base is told of")
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(4)
            assert told.kinds == [("opened", "base")]
            found.modes["base"] = GOOD
            watcher.until(lambda: len(told.alerts) == 2, "the end is told by the next")
            assert told.alerts[1]["incident"] == told.alerts[0]["incident"]
            assert told.alerts[1]["sequence"] == 2


def test_a_route_that_refuses_gets_everything_in_order(tmp_path: Path) -> None:
    told = Told(refusing=3)
    with given(BASE) as found, watching(found, data=tmp_path / "m.db", told=told) as watcher:
        watcher.looks(1)
        found.modes["base"] = BAD
        watcher.until(lambda: told.refusing < 3, "it was tried")
        assert "it is tried again" in watcher.engine.outbox.fault
        found.modes["base"] = GOOD
        watcher.until(lambda: len(told.alerts) == 2, "both arrive", 60)
        assert told.kinds == [("opened", "base"), ("resolved", "base")]


def test_what_a_monitor_could_not_tell_the_next_one_tells(tmp_path: Path) -> None:
    with given(BASE) as found:
        with watching(found, data=tmp_path / "m.db", told=Told(refusing=10_000)) as watcher:
            watcher.looks(1)
            found.modes["base"] = BAD
            watcher.until(lambda: bool(watcher.engine.outbox.waiting), "there is something to tell")
        later = Told()
        with watching(found, data=tmp_path / "m.db", told=later) as watcher:
            watcher.until(lambda: bool(later.alerts), "it is told", 60)
            watcher.looks(2)
        assert later.kinds == [("opened", "base")]


@pytest.mark.parametrize("damage", [b"", b"garbage that is no database at all", b"SQLite format 3\0" + bytes(200)])
def test_a_damaged_memory_is_put_aside_and_said(damage: bytes, tmp_path: Path) -> None:
    data = tmp_path / "m.db"
    data.write_bytes(damage)
    with given(BASE) as found, watching(found, data=data) as watcher:
        watcher.looks(1)
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "base is told of")


def test_without_a_memory_it_watches_and_tells_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "m.db"
    folder.mkdir()
    with given(BASE) as found, watching(found, data=folder) as watcher:
        watcher.looks(1)
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "base is told of")
        watcher.until(lambda: "memory" in watcher.board.faults, "it says so")
        assert "go on from memory" in watcher.board.faults["memory"]


def test_records_that_cannot_be_read_end_nothing() -> None:
    with given(BASE) as found, watching(found) as watcher:
        watcher.looks(1)
        found.broken = "the records cannot be read: database is locked"
        watcher.until(lambda: "records" in watcher.board.faults, "it says so")
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "base is told of")


def test_the_checks_are_those_of_the_live_release() -> None:
    with given(BASE) as found, watching(found) as watcher:
        watcher.looks(2)
        other = Check(name="answers", request=Request(path="/"), expect=Expect(status=500))
        found.modes["base"] = BAD
        from watched_services import release

        found.releases["base"] = release(msgspec.structs.replace(BASE, smoke=(other,), version="1.1.0"), 2)
        watcher.until(lambda: watcher.board.checks[("base", "answers")].expect.status == 500, "it is known")
        watcher.looks(3)
        assert watcher.told.alerts == []
        found.specs["late"], found.releases["late"] = service("late"), release(service("late"))
        found.urls["late"] = found.urls["base"]
        watcher.until(lambda: ("late", "answers") in watcher.board.standings, "a new service is seen")


def test_a_deploy_in_progress_does_not_page_for_its_own_service() -> None:
    with given(BASE) as found, watching(found) as watcher:
        watcher.looks(2)
        found.deploying.add("base")
        watcher.until(lambda: watcher.board.survey.services["base"].deploying is not None, "the deploy is seen")
        found.modes["base"] = BAD
        watcher.until(lambda: service_state(watcher.board, "base").state is State.FAILS, "base fails")
        watcher.looks(3)
        assert watcher.told.alerts == []
        found.deploying.clear()
        watcher.until(lambda: bool(watcher.told.alerts), "it is told once the deploy is over")


def test_a_restart_is_noticed() -> None:
    with given(BASE) as found, watching(found) as watcher:
        watcher.looks(1)
        found.restarts["base"] = 1
        watcher.until(lambda: bool(watcher.told.alerts), "the restart is told")
        assert watcher.told.kinds == [("notice", "base")]
        assert "started again" in watcher.told.alerts[0]["state"]


def test_maintenance_is_not_told_and_shown_as_such() -> None:
    always = ServiceMonitoring(maintenance=(Maintenance(daily="00:00", lasts=Duration(24 * 3600), reason="moving"),))
    with given(service("base", monitoring=always)) as found, watching(found) as watcher:
        watcher.looks(1)
        found.modes["base"] = BAD
        watcher.looks(4)
        assert service_state(watcher.board, "base").words == "in maintenance: moving"
        assert watcher.told.alerts == []


def test_a_fresh_release_that_fails_is_put_back_once() -> None:
    asked: list[str] = []

    def roll_back(name: str) -> str:
        asked.append(name)
        return "1.0.0 serves again"

    import time

    from watched_services import release

    daring = service("base", monitoring=ServiceMonitoring(rollback=True))
    with given(daring) as found:
        found.releases["base"] = msgspec.structs.replace(release(daring, 2), committed=time.time())
        with watching(found, roll_back=roll_back) as watcher:
            watcher.looks(1)
            found.modes["base"] = BAD
            watcher.until(lambda: len(watcher.told.alerts) == 2, "it is told and put back")
            watcher.looks(3)
    assert asked == ["base"]
    assert watcher.told.alerts[0]["put_back"] == "platform rollback base"
    assert "1.0.0 serves again" in watcher.told.alerts[1]["state"]


def test_who_was_blocked_before_a_restart_is_not_told_of_after_it(tmp_path: Path) -> None:
    told = Told()
    with given(DOOR, MIDDLE, BASE) as found:
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(2)
            found.modes |= {"middle": BAD, "door": BAD}
            watcher.until(lambda: service_state(watcher.board, "door").state is State.BLOCKED, "the door is blocked")
            watcher.looks(2)
        found.modes["middle"] = GOOD
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.until(lambda: len(told.alerts) == 2, "the end is told")
            found.modes["door"] = GOOD
            watcher.looks(4)
    assert told.kinds == [("opened", "middle"), ("resolved", "middle")]


def test_what_the_check_of_the_release_before_saw_pages_nobody() -> None:
    base = service("base")
    with given(base) as found, watching(found) as watcher:
        watcher.looks(2)
        found.deploying.add("base")
        watcher.until(lambda: bool(watcher.board.survey.services["base"].deploying), "the deploy is seen")
        found.modes["base"] = BAD
        watcher.until(lambda: watcher.board.standings[("base", "answers")].health is Health.BAD, "the old check fails")
        changed = service("base", checks=(Check(name="answers", request=Request(path="/new")),))
        found.modes["base"] = GOOD
        found.specs["base"] = changed
        found.releases["base"] = release(changed, 2)
        found.deploying.clear()
        watcher.until(
            lambda: watcher.board.checks[("base", "answers")].request.path == "/new", "the new check is known"
        )
        watcher.looks(4)
        assert watcher.told.alerts == []
        assert watcher.board.standings[("base", "answers")].health is Health.GOOD


def test_deploys_that_are_over_before_a_survey_page_nobody() -> None:
    """A look by the old check may end after the new release answers, and before anybody has seen that it does."""
    strict = ServiceMonitoring(fail_after=1)
    expected = {GOOD: 200, BAD: 500}
    with given(service("base", monitoring=strict)) as found, watching(found) as watcher:
        watcher.looks(2)
        for number in range(2, 12):
            mode = BAD if number % 2 == 0 else GOOD
            check = Check(name="answers", request=Request(path="/"), expect=Expect(status=expected[mode]))
            found.deploying.add("base")
            found.modes["base"] = mode
            found.specs["base"] = service("base", checks=(check,), monitoring=strict)
            found.releases["base"] = release(found.specs["base"], number)
            found.deploying.clear()
            watcher.looks(3)
        assert watcher.board.counts[("base", "answers", "good")] > 20
        assert watcher.board.counts[("base", "answers", "bad")] == 0
        assert watcher.told.alerts == []
