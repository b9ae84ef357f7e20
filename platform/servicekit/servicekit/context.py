"""What is known about the request under way: its id and how long there still is to answer it."""

import asyncio
import random
import re
from contextvars import ContextVar
from dataclasses import dataclass, field

from servicekit.problem import Problem

REQUEST_ID = "X-Request-ID"
DEADLINE = "X-Request-Deadline-Ms"

_random = random.Random()
_USABLE_ID = re.compile(r"[A-Za-z0-9._:+=/-]{1,128}\Z")
_MILLISECONDS = re.compile(r"[0-9]{1,12}\Z")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`deadline` is a time of the running event loop, `budget` the seconds from the arrival until then, and `hurried`
    whether the caller gave less time than the service asks for. `notes` are added to the request's log line, and
    `answer_headers` to its answer, whatever that is."""

    request_id: str
    deadline: float
    notes: dict[str, str | int | float | bool] = field(default_factory=dict)
    budget: float = float("inf")
    hurried: bool = False
    answer_headers: dict[str, str] = field(default_factory=dict)

    def remaining(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - asyncio.get_running_loop().time()

    def late(self, detail: str) -> Problem:
        """The deadline has passed, or will before there is an answer: 408 where the caller gave too little time, which
        is no fault of the service, and otherwise 504."""
        members = {"deadline_ms": round(self.budget * 1000), "cause": "caller" if self.hurried else "service"}
        return Problem(408 if self.hurried else 504, detail, members=members)


def current_request() -> RequestContext | None:
    """The request that the running task answers; None outside of requests."""
    return _current.get()


def new_request_id() -> str:
    """No secret, but unlikely to be made twice."""
    return f"{_random.getrandbits(128):032x}"


def accepted_request_id(given: str | None) -> str:
    """The caller's id when it is short and plain, otherwise a new one: an id is never a reason to refuse."""
    return given if given is not None and _USABLE_ID.match(given) else new_request_id()


def accepted_budget(given: str | None, longest: float) -> float:
    """Seconds that this request may take: what the caller says, never more than `longest`. Raises Problem 400 for what
    is no number of milliseconds, and 408 where none are left."""
    if given is None:
        return longest
    if not _MILLISECONDS.match(given):
        raise Problem(400, f"{DEADLINE} must be the remaining milliseconds as a whole number, such as 1500")
    budget = min(int(given) / 1000, longest)
    if budget <= 0:
        spent = {"deadline_ms": 0, "cause": "caller"}
        raise Problem(408, f"{DEADLINE} left no time: the deadline had passed when the request came", members=spent)
    return budget


_current: ContextVar[RequestContext | None] = ContextVar("servicekit_request", default=None)
enter_request = _current.set
leave_request = _current.reset
