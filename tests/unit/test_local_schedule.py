"""When jobs are due."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from oneway.targets.local.tasks.due_times import newest_due, next_time


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        ("2026-05-01T03:29:00", "2026-05-01T03:29:59", None),
        ("2026-05-01T03:29:00", "2026-05-01T03:30:00", "2026-05-01T03:30:00"),
        ("2026-05-01T03:30:00", "2026-05-01T03:30:30", None),
        ("2026-05-01T03:29:00", "2026-05-01T04:10:00", "2026-05-01T03:30:00"),
        ("2026-05-01T03:29:00", "2026-05-01T04:31:00", None),
    ],
    ids=["not yet", "now", "done already", "late, and made up for", "too late"],
)
def test_a_job_is_due_once(last: str, now: str, due: str | None) -> None:
    assert newest_due("30 3 * * *", "UTC", at(last), at(now)) == (at(due) if due else None)


def test_many_missed_times_are_one_run() -> None:
    due = newest_due("* * * * *", "UTC", at("2026-05-01T00:00:00"), at("2026-05-01T00:44:30"))
    assert due == at("2026-05-01T00:44:00")


def test_the_clock_of_the_zone_counts() -> None:
    assert next_time("30 3 * * *", "Asia/Tokyo", at("2026-05-01T00:00:00")) == at("2026-05-02T03:30:00", "Asia/Tokyo")


def test_an_hour_that_the_clocks_leave_out_is_not_lost() -> None:
    """On 29 March 2026 there is no half past two in Berlin."""
    due = next_time("30 2 * * *", "Europe/Berlin", at("2026-03-28T12:00:00"))
    assert at("2026-03-29T00:59:00") <= due <= at("2026-03-29T01:31:00")
