"""Times as people write them in options: `7d`, `90s`, `2026-01-31T08:00`."""

import re
from datetime import datetime
from typing import Final

from ..errors import UsageError

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhdw])")


def seconds_of(text: str) -> float:
    """How long `30s`, `10m` or `7d` is."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise UsageError(f"{text} is no length of time", "as in 30s, 10m, 12h, 7d")
    return float(int(match[1]) * _SECONDS[match[2]])


def moment_of(text: str, now: float) -> float:
    """Seconds since 1970 of a date, or of so long before `now`. A date without an offset is in local time."""
    if _SPAN.fullmatch(text):
        return now - seconds_of(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise UsageError(f"{text} is no time", "as in 7d, 12h, 2026-01-31 or 2026-01-31T08:00+01:00") from None
