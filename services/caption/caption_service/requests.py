"""How a picture is sent, described so that a fuzzer can tell a picture from other bytes, and what is refused."""

from caption_service.pictures import LARGEST_BYTES, MOST_PIXELS

_BYTES = {"type": "string", "format": "binary", "maxLength": LARGEST_BYTES}
PICTURE = {
    "required": True,
    "description": f"The bytes of a picture that can be decoded, with at most {LARGEST_BYTES:,} bytes and "
    f"{MOST_PIXELS:,} pixels, not animated. A form (`multipart/form-data`) with such a picture as its one file is "
    "accepted too; it is not described further, as OpenAPI cannot say of a form's file that it must be a picture.",
    "content": {
        media_type: {"schema": _BYTES | {"contentMediaType": media_type}} for media_type in ("image/jpeg", "image/png")
    },
}
REFUSALS: dict[int | str, dict[str, str]] = {
    400: {
        "description": "No picture: the body is empty, cut off or broken, the form has no file, or a parameter is out "
        "of range."
    },
    413: {"description": f"More than {LARGEST_BYTES:,} bytes or {MOST_PIXELS:,} pixels."},
    415: {"description": "Neither JPEG nor PNG, whatever its Content-Type says."},
    422: {"description": "The picture is animated."},
    503: {"description": "Too many pictures are waiting, or the answer would come after the deadline."},
}
