"""What a window that broke was limited by: the service, whoever sent, or the machine that both are on."""

from enum import StrEnum
from typing import Final

from .window import Strain, Window

_SENDER_FULL: Final = 0.85
"""Of a core: one loop sends, and at this share its own queue shows in the times."""
_MACHINE_FULL: Final = 0.95
_TAKEN: Final = 0.1
"""The share of what the replica may use that others may take before that shows in the answer."""
_HARDLY: Final = 0.25
"""Of a core: who computes so little waits for something else than the processor."""
_USUALLY_LATE: Final = 0.05
_STALL: Final = 0.05
"""Seconds: on a full machine whoever is woken later than this at the worst is no judge of anybody's time."""
_LATE: Final = 0.25
_LATE_LEAST: Final = 0.005


class Limit(StrEnum):
    """Only with SERVICE is there a number."""

    SERVICE = "service"
    GENERATOR = "generator"
    MACHINE = "machine"
    CAP = "cap"
    TIME = "time"
    UNSTEADY = "unsteady"
    RESTARTED = "restarted"


def find_limit(window: Window, usual: float) -> Limit:
    """What was the limit in a window that broke. `usual` is how long the service takes when nothing waits.

    The machine was it where it was full and others took what the replica may use; the sender is one of them where it is
    on the same machine. A sender that is late is the limit where that is a part of the times that counts.
    """
    strain = window.strain
    if strain.sender > _SENDER_FULL:
        return Limit.GENERATOR
    if _is_crowded(strain, usual):
        return Limit.MACHINE
    if strain.late > max(_LATE_LEAST, _LATE * (window.quantile(99) or 0.0)):
        return Limit.MACHINE if _is_full(strain) else Limit.GENERATOR
    return Limit.SERVICE


def _is_full(strain: Strain) -> bool:
    return strain.busy is not None and strain.busy >= _MACHINE_FULL * strain.cores


def _is_crowded(strain: Strain, usual: float) -> bool:
    """Whether others took what the replica would have used. One that hardly computes is not hurt by them while whoever
    sleeps is woken in time."""
    if not strain.here or not _is_full(strain):
        return False
    if strain.replica is None:
        return True
    may, others = min(strain.wanted, strain.cores), (strain.busy or 0.0) - strain.replica
    if strain.replica >= (1 - _TAKEN) * may or others <= _TAKEN * strain.cores:
        return False
    in_time = strain.usually_late <= min(_LATE_LEAST, _USUALLY_LATE * usual) and strain.late <= min(_STALL, usual)
    return strain.replica > _HARDLY or not in_time
