"""How ids travel: as decimal or base62 strings in JSON, because its numbers lose digits beyond 2^53, or as bytes."""

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Literal

JSON = "application/json"
BYTES = "application/octet-stream"
Format = Literal["decimal", "base62", "binary"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def base62(number: int) -> str:
    """11 characters, which sort as the numbers do."""
    rest, a = divmod(number, 3844)
    rest, b = divmod(rest, 3844)
    rest, c = divmod(rest, 3844)
    rest, d = divmod(rest, 3844)
    first, e = divmod(rest, 3844)
    pairs = _PAIRS
    return _DIGITS[first] + pairs[e] + pairs[d] + pairs[c] + pairs[b] + pairs[a]


def _json(ids: Sequence[str]) -> bytes:
    return ('{"ids":["' + '","'.join(ids) + '"]}').encode()


def _binary(ids: Sequence[int]) -> bytes:
    """8 bytes each, the highest first."""
    numbers = array("Q", ids)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


FORMATS: dict[Format, tuple[str, Callable[[Sequence[int]], bytes]]] = {
    "decimal": (JSON, lambda ids: _json(list(map(str, ids)))),
    "base62": (JSON, lambda ids: _json(list(map(base62, ids)))),
    "binary": (BYTES, _binary),
}
