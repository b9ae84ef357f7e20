"""How many replicas a load asks for: the rules and numbers of Kubernetes' HorizontalPodAutoscaler, as a pure function.

Wanted is the present number times measured over declared utilisation, rounded up; within a tenth nothing changes. It at
most doubles, or grows by four, within fifteen seconds, and shrinks only to what was the most that any measurement of
the last five minutes asked for.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ....model import Scale

SYNC_SECONDS: Final = 15.0
CALM_SECONDS: Final = 300.0
_TOLERANCE: Final = 0.1
_MOST_ADDED: Final = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """What the replicas used at a `monotonic` time, each in percent of the cpu that it asks for."""

    at: float
    percents: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.percents) / len(self.percents) if self.percents else 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How many replicas one measurement asked for."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class Decision:
    """How many replicas there are to be, why, and what else there would be if the machine had the room."""

    replicas: int
    asked: Asked
    why: str
    blocked: str = ""


def decide(scale: Scale, current: int, measured: Measured, before: Sequence[Asked], room: int) -> Decision:
    """What is to be, for a service that has `current` replicas; `before` is what earlier measurements asked for, and
    `room` how many the machine can hold."""
    asked = Asked(measured.at, _ask(scale, current, measured))
    recent = [each.replicas for each in (*before, asked) if measured.at - each.at <= CALM_SECONDS]
    calm = asked.replicas if asked.replicas >= current else min(current, max(recent))
    wanted = min(scale.max, max(scale.min, min(calm, _fastest(current))))
    held = min(wanted, max(current, room)) if wanted > current else wanted
    held = max(held, scale.min)
    why = f"cpu at {measured.mean:.0f} %, and {scale.cpu} % is declared"
    blocked = f"the load asks for {wanted} replicas, and this machine has room for {held}" if held < wanted else ""
    return Decision(held, asked, why, blocked)


def _ask(scale: Scale, current: int, measured: Measured) -> int:
    ratio = measured.mean / scale.cpu
    # As a whole number of thousandths, for what is exactly a tenth off must not depend on how it was rounded.
    if not measured.percents or abs(round(ratio - 1, 6)) <= _TOLERANCE:
        return current
    return math.ceil(round(current * ratio, 6))


def _fastest(current: int) -> int:
    return max(2 * current, current + _MOST_ADDED)
