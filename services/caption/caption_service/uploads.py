"""The picture's bytes in a request, the body itself or the one file of a form, in bounded memory for all requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from caption_service.engine import Busy
from caption_service.pictures import LARGEST_BYTES, PictureRefused

BODIES = frozenset({"image/jpeg", "image/png"})
FORM = "multipart/form-data"
ACCEPTED = ", ".join([*sorted(BODIES), FORM])
MOST_BYTES = 4 * LARGEST_BYTES
AGAIN_AFTER = 1.0


class Uploads:
    """Counts the bytes of all bodies that have arrived and are not done with; belongs to one event loop."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._left = most

    @contextmanager
    def counted(self, request: Request) -> Iterator[Request]:
        """The request, whose body counts until this is left. Reading it raises Busy when there is no room for more:
        who has sent little keeps little from others, however slowly it comes."""
        taken = 0

        async def receive() -> Message:
            nonlocal taken
            message = await request.receive()
            size = len(message.get("body", b""))
            if size > self._left:
                raise Busy("too many bytes", AGAIN_AFTER)
            taken += size
            self._left -= size
            return message

        try:
            yield Request(request.scope, receive)
        finally:
            self._left += taken


async def picture_of(request: Request) -> bytes:
    """Raises PictureRefused."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise PictureRefused(415, "encoding", "send the picture's bytes as they are, without a Content-Encoding")
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == FORM:
        body = await _file_of_form(request)
    elif media_type in BODIES:
        body = await request.body()
    else:
        raise PictureRefused(415, "media type", f"send the picture with Content-Type {ACCEPTED}")
    if len(body) > LARGEST_BYTES:
        raise PictureRefused(413, "bytes", f"the picture has more than {LARGEST_BYTES:,} bytes; send a smaller one")
    return body


async def _file_of_form(request: Request) -> bytes:
    try:
        async with request.form(max_files=1, max_fields=8, max_part_size=4096) as form:
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            if len(files) != 1:
                raise PictureRefused(400, "form", "the form holds no file; send the picture as one file field")
            return await files[0].read()
    except HTTPException as error:
        raise PictureRefused(400, "form", f"the form cannot be read: {error.detail}") from None
