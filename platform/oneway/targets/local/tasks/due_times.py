"""When jobs are due: pure functions over times."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

CATCH_UP = 3600.0


class Scheduled(NamedTuple):
    """One job of the release that serves, as the clock reads it."""

    service: str
    release: int
    job: str
    schedule: str
    zone: str
    concurrency: str
    within: float
    retries: int
    launch: str
    runs: str


def next_time(schedule: str, zone: str, after: float) -> float:
    """The first time after that one at which the schedule is due, in seconds since the epoch."""
    from cronsim import CronSim

    due = next(CronSim(schedule, datetime.fromtimestamp(after, ZoneInfo(zone))))
    return due.timestamp()


def newest_due(schedule: str, zone: str, after: float, now: float) -> float | None:
    """The newest time after `after` and until `now` at which it was due, if that is not too long ago: one that nobody
    was there for is made up for once, and no more than once."""
    found = None
    due = next_time(schedule, zone, max(after, now - CATCH_UP))
    while due <= now:
        found, due = due, next_time(schedule, zone, due)
    return found
