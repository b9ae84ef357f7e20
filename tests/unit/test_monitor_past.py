"""What was: minutes become hours and days, 90 days are kept, the last day in steps, and files of earlier versions."""

import sqlite3
import xml.etree.ElementTree as xml
from contextlib import closing
from pathlib import Path

import pytest

from oneway.monitor.core.budget import Tally
from oneway.monitor.memory_rows import Mark, Sum
from oneway.monitor.past import STEP, STEPS, last_day, last_days
from oneway.monitor.states import State
from oneway.monitor.watch_memory import Memory
from oneway.monitor.web.badge import badge

DAY = 86_400
NOW = 1_800_000_000.0 // DAY * DAY + 10 * 3600


def all_of_them(service: str) -> bool:
    return True


def test_ninety_days_are_kept_and_each_is_the_sum_of_its_minutes(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.db")
    for back in range(95, -1, -1):
        day = NOW - back * DAY
        minutes = {("shop", "answers", int(day) + 60 * minute): Sum(2, 1, 0, 0.2, 0.1) for minute in (0, 1, 70)}
        minutes[("shop", "buys", int(day))] = Sum(2, 2, 2, 0.2, 0.1)
        assert memory.save_looks((), minutes, (), (), {})
        memory.roll_up(day + 2 * 3600, 90)
    days = last_days(memory, NOW + 2 * 3600, all_of_them, public=False)["services"]["shop"]
    assert 89 <= len(days) <= 91
    assert {each[1:] for each in days} == {(8, 5, 2)}
    assert [start % DAY for start, *_ in days] == [0] * len(days)
    told = last_days(memory, NOW + 2 * 3600, all_of_them, public=True)["services"]["shop"]
    assert {each[3] for each in told} == {0}, "whose fault it was is nobody else's business"
    assert last_days(memory, NOW, lambda service: False, public=False)["services"] == {}
    with closing(sqlite3.connect(tmp_path / "m.db")) as connection:
        spans = dict(connection.execute("SELECT span, count(*) FROM sums GROUP BY span"))
    assert spans[60] <= 3 * 4
    assert spans[3600] <= 41 * 3


def test_what_was_not_summed_up_before_a_monitor_ended_is_summed_up_by_the_next(tmp_path: Path) -> None:
    """Five days lie between them, in which nobody looked."""
    before = Memory(tmp_path / "m.db")
    assert before.save_looks((), {("shop", "answers", int(NOW) + 60 * each): Sum(1) for each in (0, 1)}, (), (), {})
    before.roll_up(NOW + 100, 90)
    assert before.save_looks((), {("shop", "answers", int(NOW) + 60 * each): Sum(1, 1) for each in (2, 90)}, (), (), {})
    after = Memory(tmp_path / "m.db")
    after.roll_up(NOW + 5 * DAY, 90)
    (day,) = last_days(after, NOW + 5 * DAY, all_of_them, public=False)["services"]["shop"]
    assert day[1:] == (4, 2, 0)
    after.roll_up(NOW + 5 * DAY + 60, 90)
    assert last_days(after, NOW + 5 * DAY, all_of_them, public=False)["services"]["shop"] == [day]


def test_the_last_day_tells_when_each_state_began(tmp_path: Path) -> None:
    memory, first = Memory(tmp_path / "m.db"), (NOW // STEP - STEPS + 1) * STEP
    steps = {10: Sum(5), 11: Sum(5, 2, 2), 12: Sum(5, 3, 1), 13: Sum(5), 20: Sum(5)}
    sums = {("shop", "answers", int(first + step * STEP)): each for step, each in steps.items()}
    assert memory.save_looks((), sums, (), [Mark(first + 11 * STEP, "shop", "release", "2: 1.1.0 by ann")], {})
    day = last_day(memory, NOW, 0.0, all_of_them, public=False)
    assert day["services"]["shop"] == [
        (10, "works"),
        (11, "blocked"),
        (12, "fails"),
        (13, "works"),
        (14, "not known"),
        (20, "works"),
    ]
    assert [(each["kind"], each["time"]) for each in day["marks"]] == [("release", first + 11 * STEP)]
    assert last_day(memory, NOW, 0.0, all_of_them, public=True)["marks"] == []


def test_what_the_version_before_wrote_is_read_and_written_on(tmp_path: Path) -> None:
    """Its sums did not say which failures an incident stood for."""
    file = tmp_path / "m.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            """CREATE TABLE sums (span INTEGER, start INTEGER, service TEXT, name TEXT, looks INTEGER, bad INTEGER,
            callees INTEGER, seconds REAL, slowest REAL, PRIMARY KEY (span, service, name, start)) WITHOUT ROWID;
            PRAGMA user_version = 2;"""
        )
        row = (60, int(NOW) - 60, "shop", "answers", 10, 4, 1, 1.0, 0.2)
        connection.execute("INSERT INTO sums VALUES (?,?,?,?,?,?,?,?,?)", row)
        connection.commit()
    memory = Memory(file)
    memory.load()
    assert memory.save_looks((), {("shop", "answers", int(NOW) - 60): Sum(2, 2, 0, 0.1, 0.1, told=2)}, (), (), {})
    assert memory.fault == ""
    assert memory.tallies(NOW, [3600.0])["shop"][3600.0] == Tally(12, 6, 1, 2, covered=60.0)
    memory.roll_up(NOW, 90)
    assert memory.tallies(NOW, [3 * 86_400.0])["shop"][3 * 86_400.0] == Tally(12, 6, 1, 2, covered=3600.0)
    assert Memory(file).load().standings == {}


@pytest.mark.parametrize("state", State)
def test_a_badge_is_a_picture_that_says_its_state(state: State) -> None:
    root = xml.fromstring(badge("a <b> & c", state))
    words = " ".join("".join(each.itertext()) for each in root.iter())
    assert "a <b> & c" in words
    assert state.value in words
