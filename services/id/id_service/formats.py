"""How ids travel: as decimal or base62 strings in JSON, because its numbers lose digits beyond 2^53, or as bytes."""

import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from id_service.generator import SEQUENCES

JSON = "application/json"
BYTES = "application/octet-stream"
Format = Literal["decimal", "base62", "binary"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_FOURS = [f"{number:04}" for number in range(10_000)]
# Ids that follow each other differ in their last digits alone, for as long as a run of the generator lasts.
_BETWEEN = '","'


def base62(number: int) -> str:
    """11 characters, which sort as the numbers do."""
    rest, last = divmod(number, len(_PAIRS))
    return _first_nine(rest) + _PAIRS[last]


def _first_nine(rest: int) -> str:
    rest, b = divmod(rest, 3844)
    rest, c = divmod(rest, 3844)
    rest, d = divmod(rest, 3844)
    first, e = divmod(rest, 3844)
    pairs = _PAIRS
    return _DIGITS[first] + pairs[e] + pairs[d] + pairs[c] + pairs[b]


def _json(ids: Sequence[int], first_digits: Callable[[int], str], last_digits: Sequence[str]) -> bytes:
    """Run by run: `last_digits` are joined by what comes before each of them, which is the same in all of a run."""
    pieces: list[str] = []
    for start, length in _runs(ids, len(last_digits)):
        first, last = divmod(start, len(last_digits))
        before = _BETWEEN + first_digits(first)
        pieces += (before, before.join(last_digits[last : last + length]))
    pieces[0] = '{"ids":[' + pieces[0][2:]
    pieces.append('"]}')
    return "".join(pieces).encode()


def _decimal(ids: Sequence[int]) -> bytes:
    if ids[0] >= len(_FOURS):
        return _json(ids, str, _FOURS)
    return ('{"ids":["' + _BETWEEN.join(map(str, ids)) + '"]}').encode()


def _runs(ids: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Ids that follow each other and differ below `most` alone, as first ids and lengths; `ids` ascend."""
    place = 0
    while place < len(ids):
        start = ids[place]
        length = min(SEQUENCES - start % SEQUENCES, most - start % most, len(ids) - place)
        if ids[place + length - 1] - start != length - 1:
            length = 1
        yield start, length
        place += length


def _binary(ids: Sequence[int]) -> bytes:
    """8 bytes each, the highest first."""
    numbers = array("Q", ids)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


FORMATS: dict[Format, tuple[str, Callable[[Sequence[int]], bytes]]] = {
    "decimal": (JSON, _decimal),
    "base62": (JSON, lambda ids: _json(ids, _first_nine, _PAIRS)),
    "binary": (BYTES, _binary),
}
