"""A description as a release record keeps it: small enough to be kept, and whole."""

import base64
import json
import zlib
from typing import Any, Final

_MOST: Final = 96 * 1024
_LARGEST: Final = 8 << 20


def kept(document: Any) -> str | None:
    """The description in as few letters as it goes; None where that are too many for a record."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str).encode()
    packed = base64.b85encode(zlib.compress(text, 9)).decode()
    return packed if len(packed) <= _MOST else None


def recalled(text: str) -> Any:
    """What was kept. ValueError where it is nothing that `kept` made."""
    try:
        opened = zlib.decompressobj()
        content = opened.decompress(base64.b85decode(text), _LARGEST)
        return json.loads(content)
    except zlib.error as error:
        raise ValueError(str(error)) from None
