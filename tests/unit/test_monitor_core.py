"""What the monitor decides by the time alone: windows by the wall's clock, budgets, reminders."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from oneway.model import Duration, Maintenance, Monitoring, Platform, Slo, System
from oneway.monitor.board import Board
from oneway.monitor.core.budget import PERIOD, SPEEDS, Speed, Tally, budget
from oneway.monitor.core.causes import Blame, Part
from oneway.monitor.core.incidents import Incident, Manners, Told, Trouble, acknowledge, advance
from oneway.monitor.core.look import Health, Look
from oneway.monitor.core.windows import current
from oneway.monitor.watch_ledger import WINDOWS, Ledger, budgets_of
from oneway.monitor.watch_memory import Memory

HOUR = 3600.0


def at(text: str, zone: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("window", "moment", "is_open"),
    [
        ("02:30 Europe/Berlin", at("2026-03-29T03:29", "Europe/Berlin"), False),
        ("02:30 Europe/Berlin", at("2026-03-29T03:31", "Europe/Berlin"), True),
        ("02:30 Europe/Berlin", at("2026-03-30T02:31", "Europe/Berlin"), True),
        ("02:30 Europe/Berlin", at("2026-10-25T02:31", "Europe/Berlin", fold=0), True),
        ("01:59 America/New_York", at("2026-03-08T03:10", "America/New_York"), True),
        ("00:00 America/Santiago", at("2026-09-06T01:10", "America/Santiago"), True),
        ("23:30 Asia/Kolkata", at("2026-06-02T00:10", "Asia/Kolkata"), True),
        ("23:30 Asia/Kolkata", at("2026-06-02T00:31", "Asia/Kolkata"), False),
        ("12:00 Pacific/Chatham", at("2026-06-02T12:30", "Pacific/Chatham"), True),
    ],
)
def test_a_daily_window_keeps_to_the_clock_on_the_wall(window: str, moment: float, is_open: bool) -> None:
    daily, zone = window.split()
    found = current([Maintenance(daily=daily, zone=zone, lasts=Duration(HOUR))], moment)
    assert (found is not None) == is_open


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
def test_a_daily_window_is_open_its_time_on_every_day_of_a_year(zone: str) -> None:
    window = Maintenance(daily="02:30", zone=zone, lasts=Duration(HOUR))
    first = at("2026-01-01T00:00", zone)
    minutes = [current([window], first + 900 * step) is not None for step in range(365 * 96)]
    opened = sum(after and not before for before, after in zip([False, *minutes], minutes, strict=False))
    assert opened == 365
    assert sum(minutes) * 900 == pytest.approx(365 * HOUR, abs=HOUR)


FAILS = Trouble("base", "fails", 100.0)
MANNERS = Manners(remind=1000.0, escalate=300.0)


def kinds(until: float, troubles: dict[str, Trouble], taken: float | None = None) -> list[tuple[float, Told]]:
    """What is told while the trouble lasts, looked at every ten seconds."""
    incidents: dict[str, Incident] = {}
    told, now = [], 100.0
    while now < until:
        step = advance(incidents, troubles, now, MANNERS)
        told += [(each.time - 100.0, each.kind) for each in step.messages]
        incidents = dict(step.open)
        if taken is not None and now >= taken:
            incidents = {key: acknowledge(each, "ann") for key, each in incidents.items()}
        now += 10.0
    return told


def test_the_backup_is_told_of_what_nobody_takes_on_and_everybody_reminded() -> None:
    assert kinds(2700.0, {"base": FAILS}) == [
        (0.0, Told.OPENED),
        (300.0, Told.ESCALATED),
        (1300.0, Told.REMINDER),
        (2300.0, Told.REMINDER),
    ]


def test_who_took_it_on_is_left_alone() -> None:
    assert kinds(5000.0, {"base": FAILS}, taken=150.0) == [(0.0, Told.OPENED)]


def test_two_budgets_that_burn_at_one_moment_are_two_incidents() -> None:
    burning = {f"base {kind} budget": replace(FAILS, state="burns") for kind in ("availability", "intrinsic")}
    step = advance({}, burning, 100.0, MANNERS)
    assert len({each.id for each in step.messages}) == 2
    assert advance(step.open, {}, 200.0, MANNERS).messages[0].kind is Told.RESOLVED


@pytest.mark.parametrize(
    ("long", "short", "alarm"),
    [
        (0.02, 0.02, True),
        (0.02, 0.0, False),
        (0.001, 0.5, False),
        (0.0143, 0.0143, False),
        (0.0145, 0.0145, True),
    ],
)
def test_a_budget_burns_when_both_windows_say_so(long: float, short: float, alarm: bool) -> None:
    speed = SPEEDS[0]

    def tally(window: float) -> Tally:
        share = {speed.long: long, speed.short: short}.get(window, 0.0)
        return Tally(100_000, round(100_000 * share))

    assert (budget(99.9, tally).burning is speed) == alarm


def test_a_slow_burn_is_found_by_the_long_windows_alone() -> None:
    slow = budget(99.9, lambda window: Tally(100_000, 0 if window < 6 * HOUR else 150))
    assert slow.burning is SPEEDS[2]
    assert not SPEEDS[2].urgent
    assert budget(99.9, lambda window: Tally(9, 9)).burning is None, "a handful says nothing yet"


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize(("share", "alarm"), [(1.0, True), (0.95, True), (0.8, False), (0.02, False)])
def test_out_of_a_history_shorter_than_its_window_nothing_burns(speed: Speed, share: float, alarm: bool) -> None:
    """Also where the few looks were many, or the monitor was away for most of the time."""

    def tally(window: float) -> Tally:
        """Looked at for a share of this pair's long window alone."""
        return Tally(5000, 4000, covered=min(window, share * speed.long))

    shorter = [each for each in SPEEDS if each.long < speed.long]
    found = budget(99.9, tally).alarm
    seen = None if found is None else found.speed
    expected = [each for each in (*shorter, speed) if share * speed.long >= 0.9 * each.long]
    assert (seen is not None) == bool(expected)
    assert alarm == (speed in expected)


def test_what_was_told_of_is_not_told_again_as_a_budget() -> None:
    """An incident's own failures and what callees cost are in the budget, and in no alarm; the rest is."""
    told = budget(99.9, lambda window: Tally(1000, 100, callees=40, told=60))
    assert told.burning is SPEEDS[0]
    assert told.alarm is None
    blips = budget(99.9, lambda window: Tally(1000, 100, callees=20, told=60))
    assert blips.alarm is not None
    assert blips.alarm.speed is SPEEDS[0]
    assert round(blips.alarm.rate) == 20


def test_what_a_callee_costs_is_in_the_budget_and_not_in_the_intrinsic_one(tmp_path: Path) -> None:
    """Ten minutes of caption down: gateway's budget shrinks, its own does not."""
    from watched_services import service

    from oneway.monitor.live_survey import Presence, Survey

    slo = Slo(availability=99.9, intrinsic=99.95)
    gateway = service("gateway", slo=slo)
    system = System(Platform(api_version="oneway/v1", name="p", monitoring=Monitoring()), {"gateway": gateway}, {}, "")
    board = Board(system, Survey({"gateway": Presence("gateway", gateway)}))
    memory, start = Memory(tmp_path / "m.db"), 1_800_000_000.0
    ledger = Ledger(memory)

    class Now:
        def now(self) -> float:
            return start + 2400

        wall = now

    def looks(first: int, last: int, health: Health) -> None:
        for second in range(first, last, 10):
            ledger.take(Look("gateway", "captions", start + second, start + second + 1, health))

    looks(-3600, 1800, Health.GOOD)
    looks(1800, 2400, Health.BAD)
    board.blames = {"gateway": Blame(Part.WAITING)}
    ledger.decide(board, start + 2400)
    board.blames = {"gateway": Blame(Part.BLOCKED, frozenset({"caption"}))}
    ledger.decide(board, start + 2400)

    import asyncio

    asyncio.run(ledger.flush(board, Now()))
    assert memory.tallies(start + 2400, WINDOWS)["gateway"][HOUR] == Tally(360, 60, 60, covered=HOUR)
    memory.roll_up(start + 2400, 90)
    found = budgets_of(board, memory.tallies(start + 2400, WINDOWS))["gateway"]
    assert found["availability"].left is not None
    assert found["availability"].left < 0
    assert found["availability"].burning is not None
    assert found["availability"].alarm is None, "the callee's owner is told, nobody else"
    assert found["intrinsic"].left == 1.0
    assert found["intrinsic"].burning is None
    assert PERIOD in WINDOWS
