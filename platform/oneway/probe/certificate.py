"""For how many days a certificate is valid still."""

from datetime import UTC, datetime
from typing import Final

from .match import Failure

_DAY: Final = 86_400


def certificate_failures(days: int, ends: float | None, now: float) -> list[Failure]:
    """What is wrong with a certificate that ends then and has to be valid for so many days; None: there is none."""
    expected = f"valid for {days} day{'' if days == 1 else 's'} or more"
    if ends is None:
        return [Failure("certificate", expected, "none: the connection is not secured by TLS")]
    if ends - now >= days * _DAY:
        return []
    left = int((ends - now) // _DAY)
    date = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [Failure("certificate", expected, f"{left} day{'' if left == 1 else 's'}: it ends on {date}")]
