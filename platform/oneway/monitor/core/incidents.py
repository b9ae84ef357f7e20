"""Incidents: one for each cause, from the first message to the last. Pure: what was, and what is, give what to tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Told(StrEnum):
    """What a message says of its incident."""

    OPENED = "opened"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cause as it stands now. It is `held` while nobody is to be told: deployed just now, maintenance, silenced."""

    service: str
    state: str
    since: float
    check: str = ""
    reason: str = ""
    blocked: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One cause, and what was told of it. `sequence` counts its messages; `told` is whether anybody knows of it."""

    id: str
    service: str
    state: str
    opened: float
    check: str = ""
    reason: str = ""
    blocked: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    told: bool = False
    sequence: int = 0
    reminded: float = 0.0
    escalated: bool = False
    acknowledged: str = ""
    closed: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell about an incident, as it was then. Its id is the same however often it is sent."""

    kind: Told
    incident: Incident
    time: float

    @property
    def id(self) -> str:
        return f"{self.incident.id}-{self.incident.sequence}"


@dataclass(frozen=True, slots=True)
class Manners:
    """How often an incident is told again, and when the backup is told too."""

    remind: float = 4 * 3600.0
    escalate: float = 900.0


@dataclass(frozen=True, slots=True)
class Step:
    """The open incidents by their service, those that closed now, and what to tell."""

    open: Mapping[str, Incident]
    closed: tuple[Incident, ...] = ()
    messages: tuple[Message, ...] = field(default=())


def advance(incidents: Mapping[str, Incident], troubles: Mapping[str, Trouble], now: float, manners: Manners) -> Step:
    """Open what is new, tell what is due, close what is over. Who was told of an incident is told of its end."""
    remaining: dict[str, Incident] = {}
    closed: list[Incident] = []
    messages: list[Message] = []
    for name in sorted(incidents.keys() | troubles.keys()):
        incident, trouble = incidents.get(name), troubles.get(name)
        if trouble is None:
            if incident is not None:
                ended = replace(incident, closed=now, blocked=incident.blocked)
                if ended.told:
                    ended = _tell(ended, Told.RESOLVED, now, messages)
                closed.append(ended)
            continue
        current = _current(name, incident, trouble)
        kind = None if trouble.held else _due(current, now, manners)
        remaining[name] = current if kind is None else _tell(current, kind, now, messages)
    return Step(remaining, tuple(closed), tuple(messages))


def acknowledge(incident: Incident, who: str) -> Incident:
    """Somebody has taken it on: neither reminded nor escalated any more."""
    return replace(incident, acknowledged=who)


def _current(key: str, incident: Incident | None, trouble: Trouble) -> Incident:
    """The incident as the trouble is now: who is blocked is kept from its worst moment."""
    if incident is None:
        number = f"{trouble.since:.3f}".replace(".", "")
        name = f"{key.replace(' ', '-')}-{number}"
        incident = Incident(name, trouble.service, trouble.state, trouble.since)
    return replace(
        incident,
        state=trouble.state,
        check=trouble.check or incident.check,
        reason=trouble.reason or incident.reason,
        blocked=tuple(sorted({*incident.blocked, *trouble.blocked})),
        degraded=tuple(sorted({*incident.degraded, *trouble.degraded})),
    )


def _due(incident: Incident, now: float, manners: Manners) -> Told | None:
    if not incident.told:
        return Told.OPENED
    if incident.acknowledged:
        return None
    if not incident.escalated and now >= incident.opened + manners.escalate:
        return Told.ESCALATED
    if now >= incident.reminded + manners.remind:
        return Told.REMINDER
    return None


def _tell(incident: Incident, kind: Told, now: float, messages: list[Message]) -> Incident:
    told = replace(
        incident,
        told=True,
        sequence=incident.sequence + 1,
        reminded=now,
        escalated=incident.escalated or kind is Told.ESCALATED,
    )
    messages.append(Message(kind, told, now))
    return told
