"""`POST /v1/captions`: the picture goes to caption, and every upload gets a number from id."""

import asyncio
import json

import httpx
from prometheus_client import Gauge
from starlette.requests import Request
from starlette.responses import JSONResponse

from gateway_service.config import Config
from gateway_service.door import Door
from gateway_service.limits import Budget
from servicekit import CallFailed, Calls, Problem, current_request, unavailable

TYPES = ("image/jpeg", "image/png")
OPTIONS = ("beams", "max_words")
FORWARDED_STATUS = frozenset({400, 413, 415, 422, 429})


class Captions:
    """Answers with what caption says, `upload_id` and `request_id`. Without id it answers with `upload_id` null."""

    def __init__(self, config: Config, calls: Calls, door: Door) -> None:
        self._calls = calls
        self._door = door
        self._budget = Budget(config.pictures_in_memory)
        self.memory = Gauge("gateway_picture_bytes", "Bytes of pictures in memory, over all requests.", registry=None)
        self.memory.set_function(lambda: self._budget.used)

    async def post(self, request: Request) -> JSONResponse:
        self._door.admit(request)
        media_type = _media_type(request)
        picture = bytearray()
        try:
            await self._receive(request, picture)
            captions, upload_id = await asyncio.gather(
                self._caption(bytes(picture), media_type, _options(request)), self._number()
            )
        finally:
            self._budget.give_back(len(picture))
        current = current_request()
        if current is not None:
            current.notes.update(picture_bytes=len(picture), upload_id=upload_id or "none")
            captions["request_id"] = current.request_id
        return JSONResponse(captions | {"upload_id": upload_id}, headers={"Cache-Control": "no-store"})

    async def _receive(self, request: Request, picture: bytearray) -> None:
        async for chunk in request.stream():
            if not self._budget.take(len(chunk)):
                raise unavailable("too many pictures are being uploaded at this moment; try again shortly")
            picture += chunk
        if not picture:
            raise Problem(400, "the body is empty; send the bytes of a JPEG or PNG picture")

    async def _caption(self, picture: bytes, media_type: str, options: dict[str, str]) -> dict[str, object]:
        answer = await self._calls.request(
            "caption",
            "POST",
            "/v1/captions",
            content=picture,
            headers={"Content-Type": media_type},
            params=options,
            repeatable=True,
        )
        document = _document("caption", answer)
        if answer.status_code == 200:
            return document
        if answer.status_code in FORWARDED_STATUS:
            detail = document.get("detail")
            wait = answer.headers.get("Retry-After")
            raise Problem(
                answer.status_code,
                detail if isinstance(detail, str) else "caption refused this picture",
                headers={"Retry-After": wait} if wait else {},
            )
        raise CallFailed("caption", 502, f"gave an unexpected answer (status {answer.status_code})")

    async def _number(self) -> str | None:
        """A new id for this upload; None where the id service has none to give in time."""
        try:
            answer = await self._calls.request("id", "POST", "/v1/ids", repeatable=True)
            ids = _document("id", answer).get("ids")
        except CallFailed:
            return None
        return str(ids[0]) if isinstance(ids, list) and ids else None


def _media_type(request: Request) -> str:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type not in TYPES:
        raise Problem(
            415,
            f"send the picture's bytes with Content-Type {' or '.join(TYPES)}",
            headers={"Accept-Post": ", ".join(TYPES)},
        )
    return media_type


def _options(request: Request) -> dict[str, str]:
    return {name: request.query_params[name] for name in OPTIONS if name in request.query_params}


def _document(callee: str, answer: httpx.Response) -> dict[str, object]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise CallFailed(callee, 502, f"did not answer with a JSON object (status {answer.status_code})")
    return document
