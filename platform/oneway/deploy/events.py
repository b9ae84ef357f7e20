"""What a rollout tells while it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What an event is about: a step beginning or ending, news inside it, one check, or the whole rollout's end."""

    BEGIN = "begin"
    NEWS = "news"
    CHECK = "check"
    END = "end"
    WARNING = "warning"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one service. `seconds` is how long it took, `within` how long it may take."""

    service: str
    kind: EventKind
    step: str
    text: str = ""
    outcome: str = ""
    seconds: float | None = None
    within: float | None = None


Report = Callable[[Event], None]
