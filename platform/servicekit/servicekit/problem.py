"""The one shape in which a service says that it could not do what was asked: RFC 9457 problem details."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
CALLER_GONE = 499
FAULT = "this is a fault of the service; its log has the details under this request_id"
_MOST_ERRORS = 20
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content", CALLER_GONE: "Client Closed Request"}


class Problem(Exception):
    """Raise it anywhere in a request; the caller gets it as JSON.

    `detail` says what is wrong and what to do, and is shown to the caller: nothing secret goes in.
    `members` are further JSON members of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def unavailable(detail: str, retry_after: float = 1.0) -> Problem:
    """503 with Retry-After in whole seconds, rounded up."""
    return Problem(503, detail, headers={"Retry-After": str(max(1, -int(-retry_after // 1)))})


def problem_of(error: Exception) -> Problem | None:
    """What the caller is told about this error; None for one that nobody meant to raise."""
    cause = error.__cause__ if isinstance(error, HTTPException) else None  # FastAPI wraps what reading a body raised
    if isinstance(cause, Problem | ClientDisconnect):
        error = cause
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):
        return _explained(error)
    if isinstance(error, ClientDisconnect):
        return Problem(CALLER_GONE, "the caller closed the connection")
    return None


def problem_response(problem: Problem, request_id: str) -> Response:
    document = problem_document(problem.status, problem.detail, request_id) | problem.members
    return Response(
        json.dumps(document, default=str),
        status_code=problem.status,
        headers={"Cache-Control": "no-store"} | problem.headers,
        media_type=MEDIA_TYPE,
    )


def problem_document(status: int, detail: str, request_id: str) -> dict[str, object]:
    return {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }


def _invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Names every place and what is expected there, never what was given: that may be secret, or endless."""
    found = [{"where": _place(each["loc"]), "expected": _expectation(each["msg"])} for each in errors[:_MOST_ERRORS]]
    detail = "; ".join(f"{each['where']}: {each['expected']}" for each in found)
    return Problem(400, detail, members={"errors": found})


def _place(location: Sequence[str | int]) -> str:
    """("query", "count") → "query count"; ("body", "items", 0, "name") → "body items.0.name"."""
    first, *rest = (str(part) for part in location)
    return f"{first} {'.'.join(rest)}".strip()


def _expectation(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input ").removesuffix(".")


def _explained(error: HTTPException) -> Problem:
    detail = str(error.detail)
    if error.status_code == 404 and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = "there is nothing at this path"
    elif error.status_code == 405 and error.headers and "Allow" in error.headers:
        detail = f"this path answers to {error.headers['Allow']} only"
    return Problem(error.status_code, detail, headers=error.headers)


def _title(status: int) -> str:
    try:
        return _TITLES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"
