"""What has to hold for a rate to count as carried: a latency by percentile, and a share of errors."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from ..model import Check, Duration, Latency, Service, parse_duration

DEFAULT_ERRORS: Final = 0.001
_PERCENTILE: Final = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,2})?)")
_SHARE: Final = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,4})?)%")
_HOW: Final = "as in --until p99=800ms or --until errors=0.1%; several may be given, or one with commas"


@dataclass(frozen=True, slots=True)
class Goal:
    """`latency` has (percentile, seconds), sorted; `errors` is the share of requests that may fail, from 0 to 1."""

    latency: tuple[tuple[float, float], ...] = ()
    errors: float = DEFAULT_ERRORS

    def __str__(self) -> str:
        parts = [f"p{percentile:g}={Duration(seconds)}" for percentile, seconds in self.latency]
        return ",".join([*parts, f"errors={100 * self.errors:g}%"])


def read_goal(texts: Iterable[str], declared: Goal) -> Goal:
    """The declared goal with what is asked for in its place. UsageError for what is no goal."""
    latency: dict[float, float] = {}
    errors: float | None = None
    for part in (each.strip() for text in texts for each in text.split(",")):
        name, _, value = part.partition("=")
        if name == "errors":
            errors = _read_share(part, value)
        else:
            percentile = _PERCENTILE.fullmatch(name)
            if percentile is None or not 0 < float(percentile[1]) < 100:
                raise UsageError(f"{part!r} is nothing to measure until", _HOW)
            latency[float(percentile[1])] = _read_seconds(part, value)
    return Goal(tuple(sorted(latency.items())) or declared.latency, declared.errors if errors is None else errors)


def declared_goal(spec: Service, checks: Iterable[Check]) -> Goal:
    """What the manifest promises: `slo.latency`; without it, the shortest `within` of the checks at p99."""
    promised = _promised(spec.slo.latency)
    if not promised:
        within = min((each.expect.within for each in checks if each.expect.within is not None), default=None)
        promised = () if within is None else ((99.0, float(within)),)
    return Goal(promised)


def _promised(latency: Latency) -> tuple[tuple[float, float], ...]:
    named = ((50.0, latency.p50), (90.0, latency.p90), (95.0, latency.p95), (99.0, latency.p99))
    return tuple((percentile, float(seconds)) for percentile, seconds in named if seconds is not None)


def _read_seconds(part: str, value: str) -> float:
    try:
        seconds = float(parse_duration(value))
    except ValueError as error:
        raise UsageError(f"{part!r}: {error}", _HOW) from None
    if not seconds:
        raise UsageError(f"{part!r}: nothing is answered in no time", _HOW)
    return seconds


def _read_share(part: str, value: str) -> float:
    share = _SHARE.fullmatch(value)
    if share is None:
        raise UsageError(f"{part!r}: {value or 'nothing'} is no percentage below 100%", _HOW)
    return round(float(share[1]) / 100, 9)
