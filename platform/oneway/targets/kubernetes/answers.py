"""What an API server says when it refuses, in values: the reasons that the rest of this target tells apart."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ...errors import OnewayError

_NOT_IN_SCHEMA: Final = "field not declared in schema"
_FORBIDDEN: Final = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)
_OWNER: Final = re.compile(
    r'conflicts? with "(?P<manager>[^"]*)"(?: using (?P<version>\S+?))?(?: with subresource \S+)?(?=:|$)'
)


class Refused(OnewayError):
    """The API server answered with an error status. `reason` is its one word, such as `Invalid`."""

    def __init__(self, message: str, hint: str = "", reason: str = "", body: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, hint)
        self.reason = reason
        self.body = body or {}


class Missing(Refused):
    """404: there is no such object, or no such kind in this cluster."""


class Clash(Refused):
    """409: somebody else changed or made the object in between."""


class Gone(Refused):
    """410: that point in history is no longer kept; list again."""


class Forbidden(Refused):
    """403: the identity lacks a verb, or an admission rule said no."""


class Busy(Refused):
    """429, or 5xx: the server asks for patience, `after` so many seconds."""

    status = 0
    after = 0.0


class FieldConflict(Clash):
    """Server-side apply met fields that other managers own; `owners` maps each manager to its fields."""

    owners: Mapping[str, tuple[str, ...]]


def refusal(status: int, headers: Mapping[str, str], body: bytes, what: str) -> Refused:
    """The error that an answer stands for; `what` names the request, as in `apply Deployment id`."""
    answer = _status(body)
    reason = str(answer.get("reason") or "")
    said = str(answer.get("message") or body[:300].decode("utf-8", "replace").strip() or f"status {status}")
    causes = (answer.get("details") or {}).get("causes") or []
    if status == 409 and any(each.get("reason") == "FieldManagerConflict" for each in causes):
        return _field_conflict(what, reason, answer, causes)
    if status == 403:
        return _forbidden(what, reason, answer, said)
    if status == 401:
        return Refused(
            f"{what}: the API server does not know who asks: {said}",
            "renew the credentials of this context (log in again), then repeat",
            reason,
            answer,
        )
    if _NOT_IN_SCHEMA in said:
        return Refused(
            f"{what}: {said}", "the cluster does not know that field: is it of a newer version?", reason, answer
        )
    for kind, statuses in ((Missing, {404}), (Clash, {409}), (Gone, {410}), (Busy, {429, 500, 502, 503, 504})):
        if status in statuses:
            error = kind(f"{what}: {said}", "", reason, answer)
            if isinstance(error, Busy):
                error.status = status
                error.after = _seconds(headers.get("retry-after"))
            return error
    return Refused(f"{what}: {said}", "", reason, answer)


def from_status(answer: Mapping[str, Any], what: str) -> Refused:
    """The error that a Status object inside a watch stands for."""
    return refusal(int(answer.get("code") or 500), {}, json.dumps(answer).encode(), what)


def _status(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) and answer.get("kind") == "Status" else {}


def _field_conflict(what: str, reason: str, answer: Mapping[str, Any], causes: list[Any]) -> FieldConflict:
    owners: dict[str, list[str]] = {}
    for cause in causes:
        found = _OWNER.search(str(cause.get("message", "")))
        owners.setdefault(found["manager"] if found else "somebody else", []).append(str(cause.get("field", "?")))
    told = "; ".join(f"{manager} owns {', '.join(sorted(fields))}" for manager, fields in sorted(owners.items()))
    error = FieldConflict(
        f"{what}: another field manager holds fields that the manifests set: {told}",
        "nothing was forced. Take the fields out of that manager's hands, or stop setting them in the manifest; "
        "`kubectl get … -o yaml --show-managed-fields` shows whose each field is",
        reason,
        answer,
    )
    error.owners = {manager: tuple(sorted(fields)) for manager, fields in owners.items()}
    return error


def _forbidden(what: str, reason: str, answer: Mapping[str, Any], said: str) -> Forbidden:
    found = _FORBIDDEN.search(said)
    if found is None:
        return Forbidden(f"{what}: not admitted: {said}", "an admission rule of the cluster refuses it", reason, answer)
    resource = found["resource"] + (f".{found['group']}" if found["group"] else "")
    where = f" in namespace {found['namespace']}" if found["namespace"] else " for the whole cluster"
    return Forbidden(
        f"{what}: {found['user']} may not {found['verb']} {resource}{where}",
        f"the role lacks the verb {found['verb']} on {resource}: bind the Role that `platform generate` writes "
        "(role.yaml) to this identity",
        reason,
        answer,
    )


def _seconds(text: str | None) -> float:
    try:
        return min(max(float(text or 0), 0.0), 60.0)
    except ValueError:
        return 0.0
