"""`POST /v1/captions`: the picture goes to caption, and every upload gets a number from id."""

import asyncio
import json
from collections.abc import Mapping

import httpx
from prometheus_client import Gauge
from starlette.requests import Request
from starlette.responses import JSONResponse

from gateway_service.admission import Admission
from gateway_service.answers import FORM, TYPES
from gateway_service.config import Config
from gateway_service.limits import Budget
from servicekit import CallFailed, Calls, IdBlocks, Problem, current_request, unavailable

# An upload's number is fetched ahead, but not long: it says when the upload was, and that id is gone is said soon.
IDS_AHEAD = 64
OLDEST_ID = 1.0
FORWARDED_STATUS = frozenset({400, 413, 415, 422, 429})


class Captions:
    """Answers with what caption says, `upload_id` and `request_id`; `upload_id` is null where id had none to give."""

    def __init__(self, config: Config, calls: Calls) -> None:
        self._calls = calls
        self._ids = IdBlocks(calls, block=IDS_AHEAD, oldest=OLDEST_ID)
        self._hedge_after = config.hedge_after or None
        self._admission = Admission()
        self._budget = Budget(config.pictures_in_memory)
        self.memory = Gauge("gateway_picture_bytes", "Bytes of pictures in memory, over all requests.", registry=None)
        self.memory.set_function(lambda: self._budget.used)
        self.limit = Gauge("gateway_captions_limit", "Pictures that may be with caption at once.", registry=None)
        self.limit.set_function(lambda: self._admission.limit)

    async def post(self, request: Request, options: Mapping[str, int | None]) -> JSONResponse:
        content_type = _content_type(request)
        self._admission.check(current_request())
        picture = bytearray()
        try:
            await self._receive(request, picture)
            captions, upload_id = await asyncio.gather(
                self._caption(bytes(picture), content_type, _given(options)), self._number()
            )
        finally:
            self._budget.give_back(len(picture))
        current = current_request()
        if current is not None:
            current.notes.update(picture_bytes=len(picture), upload_id=upload_id or "none")
            captions["request_id"] = current.request_id
        captions |= {"upload_id": upload_id, "degraded": _degraded(captions, upload_id)}
        return JSONResponse(captions, headers={"Cache-Control": "no-store"})

    async def _receive(self, request: Request, picture: bytearray) -> None:
        async for chunk in request.stream():
            if not self._budget.take(len(chunk)):
                raise unavailable("too many pictures are being uploaded at this moment; try again shortly")
            picture += chunk
        if not picture:
            raise Problem(400, "the body is empty; send the bytes of a JPEG or PNG picture")

    async def _caption(self, picture: bytes, content_type: str, options: dict[str, int]) -> dict[str, object]:
        with self._admission.admitted(current_request()) as answered:
            answer = await self._calls.request(
                "caption",
                "POST",
                "/v1/captions",
                content=picture,
                headers={"Content-Type": content_type},
                params=options,
                repeatable=True,
                hedge_after=self._hedge_after,
            )
            if answer.status_code == 200:
                answered()
        document = _document("caption", answer)
        if answer.status_code == 200:
            return document
        if answer.status_code in FORWARDED_STATUS:
            raise _refusal(answer, document)
        raise CallFailed("caption", 502, f"gave an unexpected answer (status {answer.status_code})")

    async def _number(self) -> str | None:
        """A new id for this upload; None where the id service has none to give in time."""
        try:
            return str(await self._ids.next())
        except CallFailed:
            return None


def _refusal(answer: httpx.Response, document: dict[str, object]) -> Problem:
    """caption's own reason, as this request's."""
    detail, reason, wait = document.get("detail"), document.get("reason"), answer.headers.get("Retry-After")
    return Problem(
        answer.status_code,
        detail if isinstance(detail, str) else "caption refused this picture",
        headers={"Retry-After": wait} if wait else {},
        members={"reason": reason} if isinstance(reason, str) else {},
    )


def _content_type(request: Request) -> str:
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem(
            415,
            "send the picture's bytes as they are, without a Content-Encoding",
            headers={"Accept-Encoding": "identity"},
        )
    given = request.headers.get("Content-Type", "")
    media_type = given.partition(";")[0].strip().lower()
    if media_type in TYPES:
        return media_type
    if media_type == FORM and given.isascii():
        return given
    raise Problem(
        415,
        f"send the picture's bytes with Content-Type {' or '.join(TYPES)}, or as the file of a form ({FORM})",
        headers={"Accept-Post": ", ".join((*TYPES, FORM))},
    )


def _given(options: Mapping[str, int | None]) -> dict[str, int]:
    return {name: value for name, value in options.items() if value is not None}


def _degraded(captions: dict[str, object], upload_id: str | None) -> list[str]:
    """The services that this answer had to do without."""
    already = captions.get("degraded")
    missing = {str(service) for service in already} if isinstance(already, list) else set()
    return sorted(missing if upload_id is not None else missing | {"id"})


def _document(callee: str, answer: httpx.Response) -> dict[str, object]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise CallFailed(callee, 502, f"did not answer with a JSON object (status {answer.status_code})")
    return document
