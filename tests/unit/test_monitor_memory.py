"""What the monitor remembers, while others write there too, and after it was killed."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from watched_services import BAD, GOOD, Call, Told, given, service, watching

from oneway.monitor.core.incidents import Incident
from oneway.monitor.core.look import Health, Look, Standing
from oneway.monitor.watch_memory import Letter, Memory, Saved, Silence
from tools.bench.monitor_kills import Outcome, torture

pytestmark = pytest.mark.timeout(180)
FAILING = Incident("base-1", "base", "fails", 1.0, told=True, sequence=1)


def acknowledge(memory: Memory, number: int) -> None:
    assert memory.acknowledge(FAILING.id, f"p{number}")


def silence(memory: Memory, number: int) -> None:
    assert memory.silence(Silence(f"s{number}", 4e9, "ann"))


def save_letters(memory: Memory, number: int) -> None:
    assert memory.save_letters([(Letter(f"l{number}", "test", FAILING.id, number, b"{}"), float(number))])


@pytest.mark.parametrize("other", [acknowledge, silence, save_letters])
def test_nothing_that_others_write_is_lost_to_the_monitor_saving_at_the_same_time(
    other: Callable[[Memory, int], None], tmp_path: Path
) -> None:
    running, beside = Memory(tmp_path / "m.db"), Memory(tmp_path / "m.db")
    assert running.save_incidents([("base", FAILING)], (), ())
    over, saved = threading.Event(), list[bool]()

    def save() -> None:
        sequence = 1
        while not over.wait(0.005):
            sequence += 1
            saved.append(running.save_incidents([("base", replace(FAILING, sequence=sequence))], (), ()))

    thread = threading.Thread(target=save)
    thread.start()
    for number in range(20):
        other(beside, number)
        running.roll_up(2.0, 90)
        if other is acknowledge:
            assert running.acknowledged() == {FAILING.id: f"p{number}"}
            assert [each.acknowledged for each in running.incidents()] == [f"p{number}"]
    over.set()
    thread.join()
    assert all(saved)
    if other is silence:
        assert len(running.silences()) == 20
    assert running.unsent() == []


def test_an_incident_that_is_over_cannot_be_taken_on_any_more(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.db")
    memory.save_incidents([("base", FAILING)], (), ())
    assert memory.acknowledge(FAILING.id, "ann")
    memory.save_incidents((), [("base", replace(FAILING, closed=2.0))], ())
    assert not memory.acknowledge(FAILING.id, "bob")
    assert memory.acknowledged() == {}
    assert [each.acknowledged for each in memory.incidents()] == ["ann"], "it is remembered who had taken it on"


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"{}", b'{"service": 3}'])
def test_a_row_that_cannot_be_read_costs_no_other(body: bytes, tmp_path: Path) -> None:
    import sqlite3

    memory = Memory(tmp_path / "m.db")
    letter = Letter("l", "test", FAILING.id, 1, b"{}")
    memory.save_incidents([("base", FAILING)], (), [letter], [Standing("base", "answers")])
    with sqlite3.connect(tmp_path / "m.db") as connection:
        connection.execute("INSERT INTO incidents VALUES ('x', 'x', 1, NULL, ?)", (body,))
        connection.execute("INSERT INTO standings VALUES ('x', 'x', ?)", (body,))
    connection.close()
    found = memory.load()
    assert found.incidents == {"base": FAILING}
    assert found.letters == [letter]
    assert list(found.standings) == [("base", "answers")]


def test_a_clock_that_was_set_back_delays_nothing_that_was_saved() -> None:
    look = Look("base", "answers", 900.0, 901.0, Health.BAD)
    standing = Standing("base", "answers", Health.BAD, 890.0, Health.BAD, 3, 880.0, 870.0, 0, look)
    incident = replace(FAILING, opened=880.0, reminded=890.0)
    letter = Letter("l", "test", FAILING.id, 1, b"{}", due=1200.0, tries=9)
    saved = Saved({("base", "answers"): standing}, {"base": incident}, [letter])
    moved = saved.none_after(100.0)
    kept = moved.standings[("base", "answers")]
    assert kept.last is not None
    times = (kept.since, kept.turned, kept.last_good, kept.last.began, kept.last.ended)
    assert max(times) == 100.0
    assert (moved.incidents["base"].opened, moved.incidents["base"].reminded) == (100.0, 100.0)
    assert moved.letters[0].due == 100.0
    assert saved.none_after(2000.0) == saved


def test_a_route_that_refuses_for_days_is_tried_on() -> None:
    from oneway.monitor.outbox import Outbox

    outbox = Outbox(Memory(None), {}, lambda: 0.0)
    for tries in (0, 1, 9, 2000):
        letter = Letter("l", "test", "i", 1, b"{}", tries=tries)
        outbox.waiting = [letter]
        outbox._postpone(letter, "it was answered 500")
        assert 0 < outbox.waiting[0].due <= 300


def test_a_file_that_nobody_can_write_for_a_while_loses_nothing(tmp_path: Path) -> None:
    """Somebody holds the lock of the file while a service breaks; the alert comes all the same, and comes once."""
    import sqlite3

    told = Told()
    with given(service("base")) as found:
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(2)
            holder = sqlite3.connect(tmp_path / "m.db", isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            found.modes["base"] = BAD
            watcher.until(lambda: bool(told.alerts), "it is told from memory", 60)
            watcher.until(lambda: "memory" in watcher.board.faults, "it says so")
            assert "locked" in watcher.board.faults["memory"]
            holder.rollback()
            holder.close()
            watcher.until(lambda: "memory" not in watcher.board.faults, "it writes again", 60)
            memory = Memory(tmp_path / "m.db")
            watcher.until(lambda: bool(memory.incidents()) and memory.unsent() == [], "it is written later", 60)
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(3)
    assert told.kinds == [("opened", "base")]


def test_an_incident_ends_only_when_it_is_known_to_be_over(tmp_path: Path) -> None:
    """Neither records that cannot be read at the start, nor checks that cannot be run, are good news."""
    told = Told()
    with given(service("base")) as found:
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(1)
            found.modes["base"] = BAD
            watcher.until(lambda: bool(told.alerts), "it is told")
        found.broken = "the records cannot be read: database is locked"
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.until(lambda: "records" in watcher.board.faults, "it says so")
            for _ in range(3):
                watcher.board.faults.clear()
                watcher.until(lambda: "records" in watcher.board.faults, "another survey")
            assert list(watcher.board.incidents) == ["base"]
            assert told.kinds == [("opened", "base")]
            found.broken, found.modes["base"] = "", GOOD
            watcher.until(lambda: len(told.alerts) == 2, "the end is told")
    assert told.kinds == [("opened", "base"), ("resolved", "base")]


def test_what_a_monitor_before_it_saw_pages_nobody_without_a_look_of_its_own(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.db")
    look = Look("base", "answers", 1.0, 2.0, Health.BAD, reason="long ago")
    memory.save_incidents((), (), (), [Standing("base", "answers", Health.BAD, 1.0, Health.BAD, 9, 1.0, 0.5, 0, look)])
    with given(service("base")) as found, watching(found, data=tmp_path / "m.db") as watcher:
        watcher.looks(4)
        assert watcher.told.alerts == []


def test_restarts_are_counted_over_restarts_of_the_monitor(tmp_path: Path) -> None:
    told = Told()
    with given(service("base")) as found:
        with watching(found, data=tmp_path / "m.db", told=told) as watcher:
            watcher.looks(2)
        found.restarts["base"] = 2
        for _ in range(2):
            with watching(found, data=tmp_path / "m.db", told=told) as watcher:
                watcher.looks(2)
    assert told.kinds == [("notice", "base")]
    assert "(2 in all)" in told.alerts[0]["state"]


def test_what_a_service_answers_is_told_without_its_secrets(tmp_path: Path) -> None:
    import hostile_server as hostile

    with given(service("base", checks=()), service("door", Call(to="base"))) as found:
        found.secret = "hunter2-and-more"
        found.modes["base"] = hostile.answer(500, b"password hunter2-and-more is wrong")
        with watching(found, data=tmp_path / "m.db") as watcher:
            watcher.until(lambda: bool(watcher.told.alerts), "it is told")
            watcher.looks(2)
            shown = [repr(watcher.told.alerts), repr(watcher.board.results), repr(watcher.board.standings)]
    assert not any("hunter2" in each for each in shown)
    assert "[secret]" in watcher.told.alerts[0]["reason"]
    assert not any(b"hunter2" in each.read_bytes() for each in tmp_path.iterdir())


def test_kill_9_loses_no_alert() -> None:
    """The short form of `python -m tools.bench.monitor_kills`, which does it fifty times."""
    outcome = torture(kills=4, seed=random.randrange(1 << 30))
    assert outcome.faults() == []
    assert len(outcome.alerts) >= 4


def _alert(number: int, kind: str, incident: str = "i", service: str = "base") -> dict[str, object]:
    return {"id": f"{incident}-{number}", "incident": incident, "sequence": number, "kind": kind, "service": service}


@pytest.mark.parametrize(
    ("alerts", "fault"),
    [
        ([_alert(1, "opened")], "0 ends"),
        ([_alert(2, "resolved"), _alert(1, "opened")], "was told as [2, 1]"),
        ([_alert(1, "opened"), _alert(1, "opened") | {"text": "x"}, _alert(2, "resolved")], "differs"),
        ([_alert(1, "opened", service="door"), _alert(2, "resolved", service="door")], "door was paged"),
    ],
)
def test_what_the_torture_calls_lost(alerts: list[dict[str, object]], fault: str) -> None:
    assert fault in "; ".join(Outcome(2, 1, alerts).faults())
    assert Outcome(2, 1, [_alert(1, "opened"), _alert(1, "opened"), _alert(2, "resolved")]).faults() == []
