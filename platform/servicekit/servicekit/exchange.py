"""One request and its answer, with all that a service owes to both sides of it."""

import asyncio
import logging
import traceback
from typing import TYPE_CHECKING

from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from servicekit import context
from servicekit.body import BoundedBody
from servicekit.context import RequestContext
from servicekit.logs import log_request
from servicekit.problem import CALLER_GONE, FAULT, Problem, problem_of, problem_response
from servicekit.redact import redact

if TYPE_CHECKING:
    from servicekit.service import Service

_READ = frozenset({b"content-length", b"transfer-encoding", b"x-request-id", b"x-request-deadline-ms"})

_log = logging.getLogger("servicekit")


class Exchange:
    """`run` answers, whatever the application does: this is the boundary that nothing crosses."""

    def __init__(self, service: "Service", scope: Scope, receive: Receive, send: Send) -> None:
        given = {name: value.decode("latin-1") for name, value in reversed(scope["headers"]) if name in _READ}
        self._service = service
        self._send = send
        self._is_head = scope["method"] == "HEAD"
        self._scope = {**scope, "method": "GET"} if self._is_head else scope
        self._body = BoundedBody(
            receive, given.get(b"content-length", ""), b"transfer-encoding" in given, service.largest_body
        )
        self._arrived = asyncio.get_running_loop().time()
        self._request_id = context.accepted_request_id(given.get(b"x-request-id"))
        self._given_budget = given.get(b"x-request-deadline-ms")
        self._notes: dict[str, str | int | float | bool] = {}
        self._told: dict[str, str] = {}
        self._status = 0
        self._task: asyncio.Task[object] | None = None
        self._expired = False

    async def run(self) -> None:
        service = self._service
        service.last_request = self._arrived
        service.in_flight += 1
        try:
            await self._within_deadline(self._accepted())
        except Exception as error:
            await self._answer(error)
        finally:
            service.in_flight -= 1
        self._record()

    def _accepted(self) -> RequestContext:
        """Raises Problem for what is refused before the application sees it."""
        service = self._service
        budget = context.accepted_budget(self._given_budget, service.longest_request)
        self._body.check_announced()
        service.refuse_stranger(self._scope)
        hurried = budget < min(service.shortest_request, service.longest_request)
        return RequestContext(self._request_id, self._arrived + budget, self._notes, budget, hurried, self._told)

    async def _within_deadline(self, current: RequestContext) -> None:
        """As asyncio.timeout_at, with one timer for all requests."""
        service = self._service
        task = self._task = asyncio.current_task()
        cancelled_before = task.cancelling() if task else 0
        expire = self._expire
        service.deadlines.add(current.deadline, expire)
        token = context.enter_request(current)
        try:
            await service.application(self._scope, self._body, self._sending)
        except asyncio.CancelledError:
            if task and self._expired and task.uncancel() <= cancelled_before:
                had = f"{current.budget * 1000:.0f} ms that this request had"
                raise current.late(f"the answer was not ready within the {had}") from None
            raise
        finally:
            context.leave_request(token)
            service.deadlines.remove(expire)

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()

    async def _answer(self, error: Exception) -> None:
        problem = problem_of(error)
        if problem is None:
            _log.error("unexpected error", extra={"fields": self._explained(error)})
            problem = Problem(500, FAULT)
        self._notes["problem"] = problem.detail
        if self._status == 0 and problem.status != CALLER_GONE:
            await problem_response(problem, self._request_id)(self._scope, self._body, self._sending)
        self._status = self._status or problem.status

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = self._headers(message["headers"])
        elif self._is_head:
            message = {**message, "body": b""}
        await self._send(message)

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        service = self._service
        headers = [*given, (b"x-request-id", self._request_id.encode())]
        headers += [(name.lower().encode(), value.encode()) for name, value in self._told.items()]
        if service.answer_headers:
            named = {name for name, _ in headers}
            headers += [each for each in service.answer_headers if each[0] not in named]
        if service.draining and self._body.complete:
            headers.append((b"connection", b"close"))
        return headers

    def _record(self) -> None:
        seconds = asyncio.get_running_loop().time() - self._arrived
        method = "HEAD" if self._is_head else self._scope["method"]
        path = self._template()
        notes = self._notes
        if "problem" in notes:
            notes["problem"] = redact(str(notes["problem"]), self._scope)
        self._service.metrics.answered(method, path, self._status, seconds)
        log_request(self._request_id, method, path, self._status, seconds, notes)

    def _explained(self, error: Exception) -> dict[str, object]:
        text = "".join(traceback.format_exception(error))
        return {"request_id": self._request_id, "exception": redact(text, self._scope)}

    def _template(self) -> str:
        """The path as routed: never the caller's own text, which could be secret, endless or both."""
        route = self._scope.get("route")
        if route is None and "endpoint" in self._scope:  # a route of Starlette's does not say that it was chosen
            route = next(
                (each for each in self._service.routes if each.matches(self._scope)[0] is not Match.NONE), None
            )
        path = getattr(route, "path", None)
        return path if isinstance(path, str) else "unmatched"
