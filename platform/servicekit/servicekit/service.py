"""A service: a FastAPI application, and around it everything that a service owes its callers and its operators."""

import copy
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from servicekit import metrics
from servicekit.calls import Calls
from servicekit.context import current_request, new_request_id
from servicekit.deadlines import Deadlines
from servicekit.exchange import Exchange
from servicekit.hosts import is_meant, was_passed_on
from servicekit.logs import configure_logging
from servicekit.problem import FAULT, Problem, problem_of, problem_response
from servicekit.settings import Settings

LONGEST_REQUEST = 30.0
SHORTEST_REQUEST = 1.0
LARGEST_BODY = 1024 * 1024

_log = logging.getLogger("servicekit")
Lifespan = Callable[["Service"], AbstractAsyncContextManager[Any]]


class Service(FastAPI):
    """A FastAPI application, with all that FastAPI can do, except for pages that need other hosts.

    `routes` are Starlette's, for what has no model; the others are added as to every FastAPI application.
    `ready` says why the service cannot answer now, or None when it can; /readyz asks it once startup has finished.
    `lifespan` opens what the service needs before its first request and closes it after the last one.
    `calls` are opened and closed with it, and counted in its metrics.
    `shortest_request` is the least time, in seconds, that a caller must give: an answer that is late for less is the
    caller's fault (408), otherwise the service's (504).
    `answer_headers` go into every answer that does not have them. What else is given goes to FastAPI.
    """

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[BaseRoute] = (),
        *,
        ready: Callable[[], str | None] = lambda: None,
        lifespan: Lifespan | None = None,
        calls: Calls | None = None,
        collectors: Iterable[Collector] = (),
        largest_body: int = LARGEST_BODY,
        longest_request: float = LONGEST_REQUEST,
        shortest_request: float = SHORTEST_REQUEST,
        answer_headers: Mapping[str, str] = MappingProxyType({}),
        **described: Any,
    ) -> None:
        defaults: dict[str, Any] = {"title": settings.service, "version": "1.0.0"}
        super().__init__(
            **(defaults | described),
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            generate_unique_id_function=_operation_id,
            lifespan=self._lifespan,
            routes=list(routes),
        )
        self.settings = settings
        self.largest_body = largest_body
        self.longest_request = longest_request
        self.shortest_request = shortest_request
        self.answer_headers = [(n.lower().encode(), v.encode()) for n, v in answer_headers.items()]
        self.last_request = 0.0
        self.in_flight = 0
        self.deadlines = Deadlines()
        self.draining = False
        self.metrics = metrics.Metrics(
            settings, lambda: self.in_flight, [*collectors, *(calls.collectors if calls else ())]
        )
        self._ready = ready
        self._open = lifespan
        self._calls = calls
        self._started = False
        self._operations: dict[str, Callable[[Scope], Response]] = {
            "/livez": self._livez,
            "/readyz": self._readyz,
            "/metrics": self._exposition,
            "/openapi.json": self._description,
        }
        self._document = ""
        answer_problems(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        operation = self._operations.get(scope["path"])
        if operation is not None and scope["method"] in ("GET", "HEAD"):
            answer = operation(scope)
            answer.raw_headers += self.answer_headers
            await answer(scope, receive, send)
        else:
            await Exchange(self, scope, receive, send).run()

    async def application(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The FastAPI application itself, without its telemetry: that records what a request holds."""
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        if self.root_path:
            scope["root_path"] = self.root_path
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def mount(self, path: str, app: ASGIApp, name: str | None = None) -> None:
        """As FastAPI's; an application of FastAPI or Starlette gets the same shape of errors."""
        if isinstance(app, Starlette) and not isinstance(app, Service):
            answer_problems(app)
        super().mount(path, app, name)

    def openapi(self) -> dict[str, Any]:
        """The description of the interface, generated from the code."""
        from servicekit.description import complete

        return complete(copy.deepcopy(super().openapi()), self.largest_body)

    def openapi_json(self) -> str:
        """The same as text, as it is committed and served."""
        return json.dumps(self.openapi(), indent=2, ensure_ascii=False) + "\n"

    def drain(self) -> None:
        """From now on: not ready, and every answer closes its connection, so that callers move elsewhere."""
        self.draining = True
        _log.info("draining")

    def not_ready_because(self) -> str | None:
        if self.draining:
            return "stopping"
        if not self._started:
            return "starting"
        return self._ready()

    def refuse_stranger(self, scope: Scope) -> None:
        """Raises Problem 421 where a list of hosts is set and the request is for another one."""
        if self.settings.hosts and not is_meant(scope, self.settings):
            raise Problem(421, "this service does not answer for the host that the request names")

    def _livez(self, _: Scope) -> Response:
        return PlainTextResponse("alive\n")

    def _readyz(self, scope: Scope) -> Response:
        reason = self.not_ready_because()
        told = "" if was_passed_on(scope) else f": {reason}"
        return PlainTextResponse(f"not ready{told}\n" if reason else "ready\n", status_code=503 if reason else 200)

    def _exposition(self, scope: Scope) -> Response:
        if was_passed_on(scope):
            return problem_response(Problem(404, "there is nothing at this path"), new_request_id())
        return Response(self.metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    def _description(self, _: Scope) -> Response:
        self._document = self._document or self.openapi_json()
        return Response(self._document, media_type="application/json")

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        configure_logging(self.settings)
        async with AsyncExitStack() as stack:
            if self._calls is not None:
                await stack.enter_async_context(self._calls)
            if self._open is not None:
                await stack.enter_async_context(self._open(self))
            self._started = True
            _log.info("started")
            yield
            self._started = False
        _log.info("stopped")


def answer_problems(app: Starlette) -> None:
    """Have the application answer what is raised in it as problems."""
    for kind in (Problem, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(_: Request, error: Exception) -> Response:
    """What nobody meant to raise is raised again after this, by the application, and logged at its boundary."""
    problem = problem_of(error) or Problem(500, FAULT)
    current = current_request()
    if current is None:
        return problem_response(problem, new_request_id())
    current.notes["problem"] = problem.detail
    return problem_response(problem, current.request_id)


def _operation_id(route: APIRoute) -> str:
    """issue_ids → issueIds"""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)
