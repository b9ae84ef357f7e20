"""A service: routes, and around them everything that every service owes its callers and its operators."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

from prometheus_client.registry import Collector
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Router
from starlette.types import Message, Receive, Scope, Send

from servicekit import context, metrics
from servicekit.body import BoundedBody
from servicekit.calls import Calls
from servicekit.context import RequestContext
from servicekit.logs import configure_logging
from servicekit.problem import Problem, problem_response
from servicekit.settings import Settings

LONGEST_REQUEST = 30.0
LARGEST_BODY = 1024 * 1024
CALLER_GONE = 499

_log = logging.getLogger("servicekit")


class Service:
    """An ASGI application.

    `ready` says why the service cannot answer now, or None when it can; /readyz asks it once startup has finished.
    `lifespan` opens what the service needs before its first request and closes it after the last one.
    `calls` are opened and closed with it, and counted in its metrics.
    """

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[BaseRoute],
        *,
        ready: Callable[[], str | None] = lambda: None,
        lifespan: Callable[[], AbstractAsyncContextManager[Any]] | None = None,
        calls: Calls | None = None,
        collectors: Iterable[Collector] = (),
        largest_body: int = LARGEST_BODY,
        longest_request: float = LONGEST_REQUEST,
    ) -> None:
        self.settings = settings
        self.metrics = metrics.Metrics(settings, [*collectors, *(calls.collectors if calls else ())])
        self.last_request = 0.0
        self._router = Router(list(routes), redirect_slashes=False, lifespan=self._lifespan)
        self._ready = ready
        self._open = lifespan
        self._calls = calls
        self._largest_body = largest_body
        self._longest_request = longest_request
        self._started = False
        self._draining = False
        self._operations: dict[str, Callable[[], Response]] = {
            "/livez": self._livez,
            "/readyz": self._readyz,
            "/metrics": self._exposition,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._router(scope, receive, send)
        elif scope["type"] == "http":
            operation = self._operations.get(scope["path"])
            if operation is not None and scope["method"] in ("GET", "HEAD"):
                await operation()(scope, receive, send)
            else:
                await _Exchange(self, scope, receive, send).run()

    @property
    def draining(self) -> bool:
        return self._draining

    @property
    def largest_body(self) -> int:
        return self._largest_body

    @property
    def longest_request(self) -> float:
        return self._longest_request

    @property
    def application(self) -> Router:
        return self._router

    def drain(self) -> None:
        """From now on: not ready, and every answer closes its connection, so that callers move elsewhere."""
        self._draining = True
        _log.info("draining")

    def not_ready_because(self) -> str | None:
        if self._draining:
            return "stopping"
        if not self._started:
            return "starting"
        return self._ready()

    def _livez(self) -> Response:
        return PlainTextResponse("alive\n")

    def _readyz(self) -> Response:
        reason = self.not_ready_because()
        return PlainTextResponse(f"not ready: {reason}\n" if reason else "ready\n", status_code=503 if reason else 200)

    def _exposition(self) -> Response:
        return Response(self.metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        configure_logging(self.settings)
        async with AsyncExitStack() as stack:
            if self._calls is not None:
                await stack.enter_async_context(self._calls)
            if self._open is not None:
                await stack.enter_async_context(self._open())
            self._started = True
            _log.info("started")
            yield
            self._started = False
        _log.info("stopped")


class _Exchange:
    """One request and its answer."""

    def __init__(self, service: Service, scope: Scope, receive: Receive, send: Send) -> None:
        self._service = service
        self._scope = scope
        self._send = send
        self._headers = Headers(scope=scope)
        self._body = BoundedBody(receive, self._headers, service.largest_body)
        self._arrived = asyncio.get_running_loop().time()
        self._request_id = context.accepted_request_id(self._headers.get(context.REQUEST_ID))
        self._notes: dict[str, str | int | float | bool] = {}
        self._status = 0

    async def run(self) -> None:
        service = self._service
        service.last_request = self._arrived
        with service.metrics.in_flight.track_inprogress():
            problem = await self._answer()
            if problem is not None and self._status == 0 and problem.status != CALLER_GONE:
                await problem_response(problem, self._request_id)(self._scope, self._body, self._sending)
        self._record(problem)

    async def _answer(self) -> Problem | None:
        """Run the application; what it raises comes back as a problem. This is the boundary that nothing crosses."""
        try:
            budget = context.accepted_budget(self._headers.get(context.DEADLINE), self._service.longest_request)
            self._body.check_announced()
            await self._within(budget)
        except Problem as problem:
            return problem
        except HTTPException as error:
            return _explained(error)
        except ClientDisconnect:
            return Problem(CALLER_GONE, "the caller closed the connection")
        except Exception:
            _log.exception("unexpected error", extra={"fields": {"request_id": self._request_id}})
            return Problem(500, "this is a fault of the service; its log has the details under this request_id")
        return None

    async def _within(self, budget: float) -> None:
        current = RequestContext(self._request_id, self._arrived + budget, self._notes)
        token = context.enter_request(current)
        try:
            async with asyncio.timeout_at(current.deadline) as timeout:
                self._scope["app"] = self._service
                await self._service.application(self._scope, self._body, self._sending)
        except TimeoutError:
            if not timeout.expired():
                raise
            late = f"the answer was not ready within the {budget * 1000:.0f} ms that this request had"
            raise Problem(504, late) from None
        finally:
            context.leave_request(token)

    async def _sending(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[context.REQUEST_ID] = self._request_id
            if self._service.draining and self._body.complete:
                headers["Connection"] = "close"
        await self._send(message)

    def _record(self, problem: Problem | None) -> None:
        seconds = asyncio.get_running_loop().time() - self._arrived
        status = self._status or (problem.status if problem else 0)
        path = _template(self._scope)
        self._service.metrics.answered(self._scope["method"], path, status, seconds)
        fields: dict[str, object] = {
            "request_id": self._request_id,
            "method": self._scope["method"],
            "path": path,
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
        }
        if problem is not None:
            fields["problem"] = problem.detail
        _log.log(logging.ERROR if status >= 500 else logging.INFO, "request", extra={"fields": fields | self._notes})


def _explained(error: HTTPException) -> Problem:
    detail = error.detail
    if error.status_code == 404:
        detail = "there is nothing at this path"
    elif error.status_code == 405 and error.headers:
        detail = f"this path answers to {error.headers['Allow']} only"
    return Problem(error.status_code, detail, headers=error.headers)


def _template(scope: Scope) -> str:
    """The path as routed: never the caller's own text, which could be secret, endless or both."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else "unmatched"
