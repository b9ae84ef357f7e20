"""Maintenance: times in which failures are expected, by the clock on somebody's wall, also when that is put forward."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...model import Maintenance

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def current(windows: Iterable[Maintenance], now: float) -> Maintenance | None:
    """The window that is open at that time (seconds since the epoch); None where there is none."""
    moment = datetime.fromtimestamp(now, UTC)
    return next((each for each in windows if _is_open(each, moment)), None)


def fault(window: Maintenance) -> str:
    """What is wrong with a window; empty when nothing is."""
    if (window.on is None) == (window.daily is None):
        return "a maintenance window is either `on` a day and time, or `daily` at a time"
    if window.on is not None and window.days:
        return "`days` belong to a `daily` maintenance window"
    try:
        ZoneInfo(window.zone)
        if window.on is not None:
            datetime.fromisoformat(window.on)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{window.zone} at {window.on or window.daily} is no time zone with such a time"
    return ""


def _is_open(window: Maintenance, moment: datetime) -> bool:
    zone = ZoneInfo(window.zone)
    lasts = timedelta(seconds=float(window.lasts))
    return any(start <= moment < start + lasts for start in _starts(window, moment, zone, lasts))


def _starts(window: Maintenance, moment: datetime, zone: ZoneInfo, lasts: timedelta) -> Iterable[datetime]:
    """Every start, in UTC, that can matter for the moment. A time that the clock leaves out is that much later."""
    if window.on is not None:
        yield datetime.fromisoformat(window.on).replace(tzinfo=zone).astimezone(UTC)
        return
    at = time.fromisoformat(window.daily or "00:00")
    today = moment.astimezone(zone).date()
    for back in range(-1, lasts.days + 2):
        day = today - timedelta(days=back)
        if not window.days or _DAYS[day.weekday()] in window.days:
            yield datetime.combine(day, at, zone).astimezone(UTC)
