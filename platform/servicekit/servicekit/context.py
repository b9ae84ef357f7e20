"""What is known about the request under way: its id and how long there still is to answer it."""

import asyncio
import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field

from servicekit.problem import Problem

REQUEST_ID = "X-Request-ID"
DEADLINE = "X-Request-Deadline-Ms"

_USABLE_ID = re.compile(r"[A-Za-z0-9._:+=/-]{1,128}\Z")
_MILLISECONDS = re.compile(r"[0-9]{1,12}\Z")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`deadline` is a time of the running event loop; `notes` are added to the request's log line."""

    request_id: str
    deadline: float
    notes: dict[str, str | int | float | bool] = field(default_factory=dict)

    def remaining(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - asyncio.get_running_loop().time()


def current_request() -> RequestContext | None:
    """The request that the running task answers; None outside of requests."""
    return _current.get()


def new_request_id() -> str:
    return secrets.token_hex(16)


def accepted_request_id(given: str | None) -> str:
    """The caller's id when it is short and plain, otherwise a new one: an id is never a reason to refuse."""
    return given if given is not None and _USABLE_ID.match(given) else new_request_id()


def accepted_budget(given: str | None, longest: float) -> float:
    """Seconds that this request may take: what the caller says, never more than `longest`. Raises Problem 400."""
    if given is None:
        return longest
    if not _MILLISECONDS.match(given):
        raise Problem(400, f"{DEADLINE} must be the remaining milliseconds as a whole number, such as 1500")
    return min(int(given) / 1000, longest)


_current: ContextVar[RequestContext | None] = ContextVar("servicekit_request", default=None)
enter_request = _current.set
leave_request = _current.reset
