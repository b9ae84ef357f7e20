"""Large JSON in pieces: the elements of a document's first list, or one document a line, never the whole."""

import re
from collections.abc import Iterator
from typing import IO, Final

_CHUNK: Final = 1 << 20
MAX_PIECE: Final = 64 << 20
_LIST: Final = re.compile(rb"\[\s*(?=\{)")
_DEPTH: Final = 14


class TooLarge(ValueError):
    """One piece is larger than may be kept in memory."""


def _object_pattern() -> bytes:
    inner = rb'[^{}"]++|"(?:[^"\\]++|\\.)*+"'
    pattern = rb"\{(?:" + inner + rb")*+\}"
    for _ in range(_DEPTH):
        pattern = rb"\{(?:" + inner + rb"|" + pattern + rb")*+\}"
    return pattern


_OBJECT: Final = re.compile(_object_pattern(), re.DOTALL)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Documents that stand on a line each, or else the elements of the first list of objects. TooLarge may come."""
    start = stream.read(_CHUNK)
    if _is_lines(start):
        yield from _lines(stream, start)
    else:
        yield from _elements(stream, start)


def _is_lines(start: bytes) -> bool:
    """Whether the first line is an object by itself, which more follow."""
    line, newline, rest = start.partition(b"\n")
    if newline:
        return bool(_OBJECT.fullmatch(line.strip())) and rest.lstrip()[:1] in (b"{", b"")
    return False


def _lines(stream: IO[bytes], start: bytes) -> Iterator[bytes]:
    rest = start
    while True:
        *whole, rest = rest.split(b"\n")
        yield from (line for line in whole if line.strip())
        if len(rest) > MAX_PIECE:
            raise TooLarge(f"a line of more than {MAX_PIECE >> 20} MiB")
        chunk = stream.read(_CHUNK)
        if not chunk:
            break
        rest += chunk
    if rest.strip():
        yield rest


def _elements(stream: IO[bytes], start: bytes) -> Iterator[bytes]:
    buffer, chunk = start, _CHUNK
    found = _LIST.search(buffer)
    if found is None:
        yield buffer + stream.read(MAX_PIECE)
        return
    at = found.end()
    while True:
        match = _OBJECT.match(buffer, at)
        if match:
            yield match[0]
            at = match.end()
            while at < len(buffer) and buffer[at] in b", \t\r\n":
                at += 1
            if at < len(buffer) and buffer[at] == ord("]"):
                return
            chunk = _CHUNK
            continue
        more = stream.read(chunk)
        if not more:
            raise ValueError("it ends in the middle")
        if len(buffer) - at > MAX_PIECE:
            raise TooLarge(f"one element of more than {MAX_PIECE >> 20} MiB")
        buffer, at = buffer[at:] + more, 0
        while buffer[at : at + 1] in (b",", b" ", b"\n", b"\r", b"\t"):
            at += 1
        if buffer[at : at + 1] == b"]":
            return
        chunk = min(2 * chunk, 16 << 20)
