"""The one shape in which a service says that it could not do what was asked: RFC 9457 problem details."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


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


def problem_response(problem: Problem, request_id: str) -> Response:
    document = {
        "type": "about:blank",
        "title": _title(problem.status),
        "status": problem.status,
        "detail": problem.detail,
        "request_id": request_id,
    } | problem.members
    return Response(
        json.dumps(document, default=str),
        status_code=problem.status,
        headers={"Cache-Control": "no-store"} | problem.headers,
        media_type=MEDIA_TYPE,
    )


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
