"""The caption service over HTTP: `POST /v1/captions` says what a picture shows, `GET /v1/model` what says it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import JSONResponse

from caption_service.answers import Captions, Model
from caption_service.captioner import Description, ModelFolder
from caption_service.engine import DEADLINE, Busy, CallerGone, Engine, Job
from caption_service.measures import Measures
from caption_service.pictures import LARGEST_BYTES, PictureRefused
from caption_service.requests import PICTURE, REFUSALS
from caption_service.settings import CaptionSettings
from caption_service.uploads import Uploads, picture_of
from servicekit import CallFailed, Calls, Problem, Service, Settings, UndeclaredCall, current_request, unavailable

ROOM_FOR_FORM = 64 * 1024
LONGEST_REQUEST = 30.0
CALLER_GONE = 499


def create(settings: Settings, own: CaptionSettings, calls: Calls | None = None) -> Service:
    """The service; it reads the model and runs it once before it is ready."""
    folder = ModelFolder.read(own.model)
    engine = Engine(folder, own.lanes, own.waiting)
    handlers = _Handlers(engine, calls or Calls(settings), Measures(engine.lanes))

    @asynccontextmanager
    async def opened(_: Service) -> AsyncIterator[None]:
        async with engine:
            yield

    service = Service(
        settings,
        summary="Says in one sentence what a picture shows.",
        description="Pictures from the model's domain get sentences with their probabilities. Others are named by what "
        "an ImageNet classifier sees in them, or not at all: a picture never gets an invented scene.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        ready=lambda: None if engine.is_open else "the model is being loaded",
        lifespan=opened,
        calls=handlers.calls,
        collectors=handlers.measures.collectors,
        largest_body=LARGEST_BYTES + ROOM_FOR_FORM,
        longest_request=LONGEST_REQUEST,
    )
    widest, longest = folder.widest, folder.longest - 2

    @service.post(
        "/v1/captions",
        summary="Caption a picture",
        response_model=Captions,
        responses=REFUSALS,
        openapi_extra={"requestBody": PICTURE},
    )
    async def caption_picture(
        request: Request,
        beams: Annotated[
            int, Query(ge=1, le=widest, description="Width of the search, and so the most captions in the answer.")
        ] = widest,
        max_words: Annotated[
            int, Query(ge=1, le=longest, description="The most words of a caption; one that needs more is cut off.")
        ] = longest,
    ) -> JSONResponse:
        """Safe to repeat. The picture is turned upright by its EXIF orientation; transparent parts count as white."""
        return await handlers.post_caption(request, beams, max_words)

    @service.get("/v1/model", summary="The model that answers", response_model=Model)
    async def get_model() -> JSONResponse:
        return JSONResponse(handlers.about)

    return service


class _Handlers:
    def __init__(self, engine: Engine, calls: Calls, measures: Measures) -> None:
        self.engine, self.calls, self.measures = engine, calls, measures
        self.uploads = Uploads()
        folder = engine.folder
        self._model: dict[str, str] = {"name": folder.name, "version": folder.version}
        self.about: dict[str, object] = self._model | {
            "runtime": f"LiteRT {version('ai-edge-litert')}",
            "picture": {"width": folder.framing.size, "height": folder.framing.size},
            "words": len(folder.words),
            "most_beams": folder.widest,
            "most_words": folder.longest - 2,
            "labels": len(folder.labels.names) if folder.labels else 0,
            "lanes": engine.lanes.count,
            "files": folder.digests(),
        }

    async def post_caption(self, request: Request, beams: int, max_words: int) -> JSONResponse:
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
            current = current_request()
            if busy.reason == DEADLINE and current is not None and current.hurried:
                raise current.late("the picture cannot be described in the time that the request had") from None
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


app = create(Settings.from_environment("caption"), CaptionSettings.from_environment())
