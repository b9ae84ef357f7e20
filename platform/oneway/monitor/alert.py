"""What is told, as one JSON document that every route is made from."""

from collections.abc import Mapping
from typing import Any

from ..model import Owner
from .board import Board
from .core.incidents import Message, Told

VERSION = 1


def alert(board: Board, message: Message) -> dict[str, Any]:
    """The message with everything that its reader needs: who owns it, what it takes along, what to type."""
    incident = message.incident
    presence = board.presence(incident.service)
    release = presence.release if presence is not None else None
    spec = presence.spec if presence is not None else None
    owner = spec.owner if spec is not None else ""
    backup = board.system.platform.owners.get(owner, Owner()).backup
    return {
        "version": VERSION,
        "id": message.id,
        "incident": incident.id,
        "sequence": incident.sequence,
        "kind": message.kind.value,
        "time": round(message.time + board.skew, 3),
        "opened": round(incident.opened + board.skew, 3),
        "platform": board.system.platform.name,
        "service": incident.service,
        "cause": incident.service,
        "check": incident.check,
        "state": incident.state,
        "before": "bad" if message.kind is Told.RESOLVED else "good",
        "after": "good" if message.kind is Told.RESOLVED else "bad",
        "reason": incident.reason,
        "blocked": list(incident.blocked),
        "degraded": list(incident.degraded),
        "owner": _person(board.system.platform.owners, owner),
        "backup": _person(board.system.platform.owners, backup or ""),
        "release": None
        if release is None
        else {"number": release.number, "version": release.version, "by": release.author},
        "put_back": f"platform rollback {incident.service}" if release is not None and release.previous else None,
        "logs": f"platform logs {incident.service}",
        "acknowledged": incident.acknowledged,
        "text": headline(message),
    }


def headline(message: Message) -> str:
    """The alert in one line."""
    incident = message.incident
    if message.kind is Told.RESOLVED:
        return f"{incident.service} works again"
    blocked = f"; blocked: {', '.join(incident.blocked)}" if incident.blocked else ""
    degraded = f"; degraded: {', '.join(incident.degraded)}" if incident.degraded else ""
    again = {Told.REMINDER: "still: ", Told.ESCALATED: "nobody has taken it on: "}.get(message.kind, "")
    reason = f": {incident.reason}" if incident.reason else ""
    return f"{again}{incident.service} {incident.state}{reason}{blocked}{degraded}"


def _person(owners: Mapping[str, Owner], name: str) -> dict[str, str] | None:
    if not name:
        return None
    owner = owners.get(name, Owner())
    return {"id": name, "name": owner.name or name, "email": owner.email}
