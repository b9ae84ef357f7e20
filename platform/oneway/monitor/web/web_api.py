"""The API and the page, by FastAPI: read by anybody who reaches it, orders only where it is not public."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from importlib import resources
from typing import Annotated, Any, Final

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from ..metrics import exposition
from ..monitor_loop import Engine
from ..states import State, service_state
from ..status_view import IncidentView, ServiceView, Status, check_view, incident_view, service_view, status
from ..watch_memory import Silence
from .badge import badge
from .page import html_page

_PUSH_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 15.0
_SPANS: Final = {"minute": (60, 86_400), "hour": (3600, 35 * 86_400), "day": (86_400, 90 * 86_400)}
Name = Annotated[str, Path(max_length=100)]


class Acknowledgement(BaseModel):
    """Who takes an incident on."""

    who: str = Field(min_length=1, max_length=100)


class SilenceOrder(BaseModel):
    """For how long nobody is told of a service, and why."""

    seconds: float = Field(gt=0, le=30 * 86_400)
    who: str = Field(min_length=1, max_length=100)
    why: str = Field(default="", max_length=500)


def make_api(engine: Engine, picture: str, public: bool = False) -> FastAPI:
    """The application of one monitor; `picture` is the architecture as SVG."""
    title = f"{engine.board.system.platform.name}: monitor"
    app = FastAPI(
        title=title, version="2", docs_url=None, redoc_url=None, openapi_url=None if public else "/openapi.json"
    )
    _add_pages(app, engine, picture, public)
    _add_reading(app, engine, public)
    if not public:
        _add_metrics(app, engine)
        _add_orders(app, engine)
    return app


def _add_pages(app: FastAPI, engine: Engine, picture: str, public: bool) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> HTMLResponse:
        found = status(engine.board, engine.clock.now(), public)
        return HTMLResponse(html_page(found, "" if public else picture))

    @app.get("/monitor.js", include_in_schema=False)
    async def script() -> Response:
        text = resources.files(__package__).joinpath("monitor.js").read_text(encoding="utf-8")
        return Response(text, media_type="text/javascript")

    @app.get("/livez", response_class=PlainTextResponse, responses={503: {"description": "The loop does not keep up."}})
    async def livez() -> PlainTextResponse:
        if engine.well:
            return PlainTextResponse("alive\n")
        return PlainTextResponse(f"the loop is {engine.late():.1f} intervals late\n", 503)

    @app.get("/badge/{service}.svg", include_in_schema=False)
    async def badge_of(service: Name) -> Response:
        known = {each["service"] for each in status(engine.board, engine.clock.now(), public)["services"]}
        if service not in known:
            raise HTTPException(404, "there is no such service")
        return Response(badge(service, service_state(engine.board, service).state), media_type="image/svg+xml")


def _add_reading(app: FastAPI, engine: Engine, public: bool) -> None:
    @app.get("/status.json", response_model=Status, responses={503: {"description": "Something fails."}})
    async def status_json() -> JSONResponse:
        found = status(engine.board, engine.clock.now(), public)
        bad = State(found["state"]) in (State.FAILS, State.BLOCKED)
        return JSONResponse(found, 503 if bad else 200)

    @app.get("/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        return StreamingResponse(_events(engine, request, public), media_type="text/event-stream")

    @app.get("/api/v1/services", response_model=list[ServiceView])
    async def services() -> JSONResponse:
        return JSONResponse(status(engine.board, engine.clock.now(), public)["services"])

    if public:
        return

    @app.get("/api/v1/services/{service}")
    async def one_service(service: Name) -> JSONResponse:
        if service not in engine.board.survey.services:
            raise HTTPException(404, "there is no such service")
        since = engine.clock.now() - 90 * 86_400
        marks = await asyncio.to_thread(engine.ledger.memory.marks, service, since)
        checks = [check_view(engine.board, key) for key in engine.board.keys(service)]
        body: dict[str, Any] = {"version": 1, **service_view(engine.board, service), "checks": checks}
        body["marks"] = [{"time": each.time, "kind": each.kind, "text": each.text} for each in marks]
        return JSONResponse(body)

    @app.get("/api/v1/services/{service}/history")
    async def history(
        service: Name, span: Annotated[str, Query(pattern="^(minute|hour|day)$")] = "hour"
    ) -> JSONResponse:
        seconds, back = _SPANS[span]
        rows = await asyncio.to_thread(engine.ledger.memory.history, service, seconds, engine.clock.now() - back)
        return JSONResponse({"version": 1, "service": service, "span": span, "sums": rows})

    @app.get("/api/v1/incidents", response_model=list[IncidentView])
    async def incidents(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> JSONResponse:
        found = await asyncio.to_thread(engine.ledger.memory.incidents, limit)
        return JSONResponse([incident_view(engine.board, each) for each in found])


def _add_metrics(app: FastAPI, engine: Engine) -> None:
    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        text = exposition(engine.board, engine.outbox, engine.late())
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _add_orders(app: FastAPI, engine: Engine) -> None:
    memory = engine.ledger.memory

    @app.post("/api/v1/incidents/{incident}/acknowledge")
    async def acknowledge(incident: Name, order: Acknowledgement) -> JSONResponse:
        if not await asyncio.to_thread(memory.acknowledge, incident, order.who):
            raise HTTPException(404, memory.fault or "there is no such open incident")
        return JSONResponse({"version": 1, "incident": incident, "acknowledged": order.who})

    @app.post("/api/v1/services/{service}/silence")
    async def silence(service: Name, order: SilenceOrder) -> JSONResponse:
        if service not in engine.board.survey.services:
            raise HTTPException(404, "there is no such service")
        until = time.time() + order.seconds
        if not await asyncio.to_thread(memory.silence, Silence(service, until, order.who, order.why)):
            raise HTTPException(503, memory.fault)
        return JSONResponse({"version": 1, "service": service, "until": until})


async def _events(engine: Engine, request: Request, public: bool) -> AsyncIterator[bytes]:
    """The status whenever it changes, at most once a second; a comment when nothing does."""
    news = asyncio.Event()
    engine.listeners.add(news)
    try:
        sent = ""
        while not await request.is_disconnected():
            found = status(engine.board, engine.clock.now(), public)
            text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            yield f"data: {text}\n\n".encode() if text != sent else b": nothing new\n\n"
            sent = text
            await asyncio.sleep(_PUSH_SECONDS)
            try:
                async with asyncio.timeout(_QUIET_SECONDS):
                    await news.wait()
            except TimeoutError:
                continue
            news.clear()
    finally:
        engine.listeners.discard(news)
