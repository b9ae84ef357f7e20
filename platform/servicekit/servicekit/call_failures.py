"""What becomes of a call that brought no usable answer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from servicekit.problem import Problem
from servicekit.settings import DeclaredCall

if TYPE_CHECKING:
    import httpx

_BUSY = frozenset({502, 503})
_FAULT_OF = {408: "caller", 504: "service"}


class UndeclaredCall(Exception):
    """The code calls a service that its manifest does not declare: a fault of the code or of the manifest."""

    def __init__(self, caller: str, callee: str, declared: Mapping[str, DeclaredCall]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(
            f"{caller} calls {callee}, which is not among its declared calls ({known}); "
            f"add `- to: {callee}` under `calls:` in the manifest of {caller}, or remove the call"
        )


class CallFailed(Problem):
    """The callee gave no usable answer. Unhandled it becomes this request's answer, 502, 503 or 504, or 408 where this
    request's own caller left too little time; a caller that can do without the callee catches it and answers degraded.

    `unsent`: the callee cannot have seen the request, so that sending it again is always safe.
    """

    def __init__(
        self, callee: str, status: int, what: str, *, again: bool = True, unsent: bool = False, retry_after: float = 0.0
    ) -> None:
        headers = {"Retry-After": str(max(1, round(retry_after)))} if status == 503 else {}
        members = {"callee": callee} | ({"cause": _FAULT_OF[status]} if status in _FAULT_OF else {})
        super().__init__(status, f"{callee} {what}", headers=headers, members=members)
        self.callee = callee
        self.again = again
        self.unsent = unsent
        self.retry_after = retry_after


def judged(callee: str, answer: "httpx.Response", late: int) -> "httpx.Response":
    status = answer.status_code
    if status in _FAULT_OF:
        raise CallFailed(callee, late, f"did not answer in time (status {status})")
    if status < 500:
        return answer
    if status == 503:
        retry_after = answer.headers.get("Retry-After", "")
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        raise CallFailed(callee, 503, "is too busy or not ready; try again shortly", retry_after=min(seconds, 3600.0))
    raise CallFailed(callee, 502, f"failed (status {status})", again=status in _BUSY)
