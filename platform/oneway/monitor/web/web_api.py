"""The API and the page, by FastAPI: read by anybody who reaches it, orders only where it is not public."""

import asyncio
import time
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from ..metrics import exposition
from ..monitor_loop import Engine
from ..past import DaysView, DayView, last_day, last_days, last_looks, told_of
from ..states import State, service_state
from ..status_view import (
    IncidentView,
    ServiceView,
    Status,
    check_view,
    incident_view,
    service_view,
)
from ..watch_memory import Silence
from .badge import badge
from .live_picture import LivePicture, live_picture
from .page import html_page
from .pushing import Pushing

_SPANS: Final = {"minute": (60, 86_400), "hour": (3600, 35 * 86_400), "day": (86_400, 90 * 86_400)}
_SCRIPTS: Final = (
    "words.js",
    "charts.js",
    "rows.js",
    "orders.js",
    "service.js",
    "incidents.js",
    "timeline.js",
    "monitor.js",
)
Name = Annotated[str, Path(max_length=100)]


class Acknowledgement(BaseModel):
    """Who takes an incident on."""

    who: str = Field(min_length=1, max_length=100)


class SilenceOrder(BaseModel):
    """For how long nobody is told of a service, and why."""

    seconds: float = Field(gt=0, le=30 * 86_400)
    who: str = Field(min_length=1, max_length=100)
    why: str = Field(default="", max_length=500)


def make_api(engine: Engine, draw: Callable[[], str], public: bool = False) -> FastAPI:
    """The application of one monitor; `draw` gives the architecture as a page of its own, empty where there is none."""
    title = f"{engine.board.system.platform.name}: monitor"
    app = FastAPI(
        title=title, version="2", docs_url=None, redoc_url=None, openapi_url=None if public else "/openapi.json"
    )
    pushing = Pushing(engine, public)
    _add_pages(app, engine, pushing)
    _add_reading(app, engine, pushing)
    if not public:
        _add_picture(app, engine, draw)
        _add_details(app, engine)
        _add_metrics(app, engine)
        _add_orders(app, engine)
    return app


def _add_pages(app: FastAPI, engine: Engine, pushing: Pushing) -> None:
    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(html_page(pushing.status(), pushing.public, _SCRIPTS))

    @app.get("/static/{name}", include_in_schema=False)
    async def script(name: Name) -> Response:
        if name not in _SCRIPTS:
            raise HTTPException(404, "there is no such file")
        return Response(_file(name), media_type="text/javascript")

    @app.get("/livez", response_class=PlainTextResponse, responses={503: {"description": "The loop does not keep up."}})
    async def livez() -> PlainTextResponse:
        if engine.well:
            return PlainTextResponse("alive\n")
        return PlainTextResponse(f"the loop is {engine.late():.1f} intervals late\n", 503)

    @app.get("/badge/{service}.svg", include_in_schema=False)
    async def badge_of(service: Name) -> Response:
        _require(pushing.shows(service))
        return Response(badge(service, service_state(engine.board, service).state), media_type="image/svg+xml")


def _add_picture(app: FastAPI, engine: Engine, draw: Callable[[], str]) -> None:
    drawn: dict[int, LivePicture] = {}
    drawing = asyncio.Lock()

    @app.get("/picture", response_class=HTMLResponse, include_in_schema=False)
    async def picture() -> HTMLResponse:
        """Drawn anew when what it shows became another; until then the same bytes, whoever asks."""
        async with drawing:
            shape = engine.board.shape
            if shape not in drawn:
                made = live_picture(await asyncio.to_thread(draw))
                drawn.clear()
                drawn[shape] = made
            found = drawn[shape]
        return HTMLResponse(found.page, headers={"Content-Security-Policy": found.policy})


def _add_reading(app: FastAPI, engine: Engine, pushing: Pushing) -> None:
    memory = engine.ledger.memory

    @app.get("/status.json", response_model=Status, responses={503: {"description": "Something fails."}})
    async def status_json() -> JSONResponse:
        found = pushing.status()
        bad = State(found["state"]) in (State.FAILS, State.BLOCKED)
        return JSONResponse(found, 503 if bad else 200)

    @app.get("/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        return StreamingResponse(pushing.events(request.is_disconnected), media_type="text/event-stream")

    @app.get("/api/v1/services", response_model=list[ServiceView])
    async def services() -> JSONResponse:
        return JSONResponse(pushing.status()["services"])

    @app.get("/api/v1/day", response_model=DayView)
    async def day() -> JSONResponse:
        now, skew = engine.clock.now(), engine.board.skew
        return JSONResponse(await asyncio.to_thread(last_day, memory, now, skew, pushing.shows, pushing.public))

    @app.get("/api/v1/days", response_model=DaysView)
    async def days() -> JSONResponse:
        now = engine.clock.now()
        return JSONResponse(await asyncio.to_thread(last_days, memory, now, pushing.shows, pushing.public))


def _add_details(app: FastAPI, engine: Engine) -> None:
    board, memory = engine.board, engine.ledger.memory

    @app.get("/api/v1/services/{service}")
    async def one_service(service: Name) -> JSONResponse:
        _require(service in board.survey.services)
        now = engine.clock.now()
        marks = await asyncio.to_thread(memory.marks, service, now - 90 * 86_400)
        looks = await asyncio.to_thread(last_looks, memory, service, now, board.skew)
        known = await asyncio.to_thread(memory.incidents, 1000)
        body: dict[str, Any] = {"version": 1, **service_view(board, service), "looks": looks}
        body["checks"] = [check_view(board, key) for key in board.keys(service)]
        body["marks"] = [{"time": each.time + board.skew, "kind": each.kind, "text": each.text} for each in marks[-50:]]
        body["incidents"] = [incident_view(board, each) for each in known if each.service == service][:20]
        needs = board.calls.needs
        body["needs"] = [{"service": e.callee, "required": e.required} for e in needs.get(service, ())]
        body["callers"] = [
            {"service": name, "required": each.required}
            for name, found in sorted(needs.items())
            for each in found
            if each.callee == service
        ]
        return JSONResponse(body)

    @app.get("/api/v1/services/{service}/history")
    async def history(
        service: Name, span: Annotated[str, Query(pattern="^(minute|hour|day)$")] = "hour"
    ) -> JSONResponse:
        seconds, back = _SPANS[span]
        rows = await asyncio.to_thread(memory.history, service, seconds, engine.clock.now() - back)
        return JSONResponse({"version": 1, "service": service, "span": span, "sums": rows})

    @app.get("/api/v1/incidents", response_model=list[IncidentView])
    async def incidents(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> JSONResponse:
        found = await asyncio.to_thread(memory.incidents, limit)
        return JSONResponse([incident_view(board, each) for each in found])

    @app.get("/api/v1/incidents/{incident}/told")
    async def told(incident: Name) -> JSONResponse:
        found = await asyncio.to_thread(told_of, memory, incident)
        return JSONResponse({"version": 1, "incident": incident, "told": found})


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
        _require(service in engine.board.survey.services)
        until = time.time() + order.seconds
        if not await asyncio.to_thread(memory.silence, Silence(service, until, order.who, order.why)):
            raise HTTPException(503, memory.fault)
        return JSONResponse({"version": 1, "service": service, "until": until})


def _require(there: bool) -> None:
    if not there:
        raise HTTPException(404, "there is no such service")


@cache
def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
