"""The picture's bytes in a request: the body itself, or the one file of a form."""

from __future__ import annotations

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from caption_service.pictures import LARGEST_BYTES, PictureRefused

BODIES = frozenset({"image/jpeg", "image/png"})
FORM = "multipart/form-data"
ACCEPTED = ", ".join([*sorted(BODIES), FORM])


async def picture_of(request: Request) -> bytes:
    """Raises PictureRefused."""
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
