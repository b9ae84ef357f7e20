"""The caption service over HTTP: `POST /v1/captions` says what a picture shows, `GET /v1/model` what says it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from caption_service.captioner import Description, ModelFolder
from caption_service.engine import Busy, CallerGone, Engine, Job
from caption_service.measures import Measures
from caption_service.pictures import LARGEST_BYTES, PictureRefused
from caption_service.settings import CaptionSettings
from caption_service.uploads import Uploads, picture_of
from servicekit import CallFailed, Calls, Problem, Service, Settings, UndeclaredCall, current_request, unavailable

DESCRIPTION = Path(__file__).resolve().parents[1] / "openapi.json"
ROOM_FOR_FORM = 64 * 1024
LONGEST_REQUEST = 30.0
CALLER_GONE = 499


def create(settings: Settings, own: CaptionSettings, calls: Calls | None = None) -> Service:
    """The service; it reads the model and runs it once before it is ready."""
    folder = ModelFolder.read(own.model)
    engine = Engine(folder, own.lanes, own.waiting)
    handlers = _Handlers(engine, calls or Calls(settings), Measures(engine.lanes))

    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        async with engine:
            yield

    return Service(
        settings,
        [
            Route("/v1/captions", handlers.post_caption, methods=["POST"]),
            Route("/v1/model", handlers.get_model, methods=["GET"]),
            Route("/openapi.json", handlers.get_openapi, methods=["GET"]),
        ],
        ready=lambda: None if engine.is_open else "the model is being loaded",
        lifespan=opened,
        calls=handlers.calls,
        collectors=handlers.measures.collectors,
        largest_body=LARGEST_BYTES + ROOM_FOR_FORM,
        longest_request=LONGEST_REQUEST,
    )


class _Handlers:
    def __init__(self, engine: Engine, calls: Calls, measures: Measures) -> None:
        self.engine, self.calls, self.measures = engine, calls, measures
        self.uploads = Uploads()
        self._description = DESCRIPTION.read_bytes()
        folder = engine.folder
        self._model: dict[str, str] = {"name": folder.name, "version": folder.version}
        self._about: dict[str, object] = self._model | {
            "runtime": f"LiteRT {version('ai-edge-litert')}",
            "picture": {"width": folder.framing.size, "height": folder.framing.size},
            "words": len(folder.words),
            "most_beams": folder.widest,
            "most_words": folder.longest - 2,
            "labels": len(folder.labels.names) if folder.labels else 0,
            "lanes": engine.lanes.count,
            "files": folder.digests(),
        }

    async def post_caption(self, request: Request) -> Response:
        folder = self.engine.folder
        beams = _whole_number(request.query_params, "beams", folder.widest)
        max_words = _whole_number(request.query_params, "max_words", folder.longest - 2)
        with self._refusals(), self.uploads.counted(request) as counted:
            job = Job(await picture_of(counted), beams, max_words)
            numbering = asyncio.create_task(self._number())
            try:
                description, waited = await self._describe(job, counted)
                number = await numbering
            finally:
                numbering.cancel()
        timings = {"wait": round(waited, 3), **description.timings_ms}
        self.measures.described(description.source, timings)
        self._note(description)
        return JSONResponse(self._answer(number, description, timings), headers={"Cache-Control": "no-store"})

    async def get_model(self, _: Request) -> Response:
        return JSONResponse(self._about)

    async def get_openapi(self, _: Request) -> Response:
        return Response(self._description, media_type="application/json")

    async def _describe(self, job: Job, request: Request) -> tuple[Description, float]:
        current = current_request()
        remaining = current.remaining() if current else LONGEST_REQUEST

        async def is_wanted() -> bool:
            return not await request.is_disconnected()

        return await self.engine.describe(job, remaining, is_wanted)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Counts the refusals of this service and turns them into answers."""
        try:
            yield
        except PictureRefused as refused:
            self.measures.refused(refused.reason)
            raise Problem(refused.status, refused.detail, members={"reason": refused.reason}) from None
        except Busy as busy:
            self.measures.refused(busy.reason)
            raise unavailable(
                f"too many pictures are waiting ({busy.reason}); try again shortly", busy.again_after
            ) from None
        except CallerGone:
            self.measures.refused("caller gone")
            raise Problem(CALLER_GONE, "the caller closed the connection") from None

    async def _number(self) -> str | None:
        """A new id for the answer; None where the id service has none to give in time."""
        try:
            answer = await self.calls.request("id", "POST", "/v1/ids", params={"count": 1}, repeatable=True)
        except (CallFailed, UndeclaredCall):
            return None
        return _first_id(answer.status_code, answer.content)

    def _answer(self, number: str | None, description: Description, timings: Mapping[str, float]) -> dict[str, object]:
        return {
            "id": number,
            "captions": [{"text": c.text, "probability": round(c.probability, 6)} for c in description.captions],
            "source": description.source,
            "model": self._model,
            "timings_ms": dict(timings),
            "degraded": [] if number is not None else ["id"],
        }

    def _note(self, description: Description) -> None:
        current = current_request()
        if current is not None:
            current.notes["source"] = description.source
            current.notes["probability"] = (
                round(description.captions[0].probability, 4) if description.captions else 0.0
            )


def _first_id(status: int, content: bytes) -> str | None:
    try:
        ids = json.loads(content)["ids"] if status == 200 else []
    except (ValueError, KeyError, TypeError):
        return None
    return ids[0] if isinstance(ids, list) and ids and isinstance(ids[0], str) else None


def _whole_number(given: Mapping[str, str], name: str, most: int) -> int:
    text = given.get(name)
    if text is None:
        return most
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most:
        return int(text)
    raise Problem(400, f"{name} must be a whole number from 1 to {most}")


app = create(Settings.from_environment("caption"), CaptionSettings.from_environment())
