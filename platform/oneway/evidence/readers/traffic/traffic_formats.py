"""A file of traffic, known by how it starts; nothing is read whole."""

from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from ....errors import Location
from ...mentions import Kind, Note
from ...sources import Fact
from .edges import Edges
from .graphs import access_log, hubble, is_access_log, is_hubble, is_prometheus, prometheus
from .other_traces import is_jaeger, is_zipkin, jaeger_spans, zipkin_spans
from .otlp import is_otlp, protobuf_spans, spans_of
from .pieces import TooLarge, pieces
from .spans import Span, SpanGraph

_START: Final = 1 << 16


def _otlp(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    return _traces((span for piece in pieces(stream) for span in spans_of(piece)), since)


def _jaeger(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    return _traces((span for piece in pieces(stream) for span in jaeger_spans(piece)), since)


def _zipkin(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    return _traces((span for piece in pieces(stream) for span in zipkin_spans(piece)), since)


def _protobuf(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    return _traces(protobuf_spans(stream), since)


def _prometheus(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    edges = Edges(since)
    prometheus(iter(stream), edges)
    return Kind.TRACE, edges


def _hubble(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    edges = Edges(since)
    hubble((line for line in stream if line.strip()), edges)
    return Kind.FLOW, edges


def _access_log(stream: IO[bytes], file: str, since: float | None) -> tuple[Kind, Edges]:
    edges = Edges(since)
    access_log((line for line in stream if line.strip()), edges, file)
    return Kind.LOG, edges


def _is_protobuf(start: bytes) -> bool:
    return start[:1] == b"\x0a" or (start[:1] == b"\0" and start[4:5] == b"\x0a")


Reader = Callable[[IO[bytes], str, float | None], tuple[Kind, Edges]]

# The formats in the order in which they are recognised.
FORMATS: Final[dict[str, tuple[Callable[[bytes], bool], Reader]]] = {
    "otlp": (is_otlp, _otlp),
    "access log": (is_access_log, _access_log),
    "jaeger": (is_jaeger, _jaeger),
    "zipkin": (is_zipkin, _zipkin),
    "prometheus": (is_prometheus, _prometheus),
    "hubble": (is_hubble, _hubble),
    "otlp protobuf": (_is_protobuf, _protobuf),
}


def read_traffic(stream: IO[bytes], file: str, since: float | None = None) -> Iterator[Fact]:
    """The edges of a file that can be read again from its start, and what could not be read of it.

    What came before `since`, in seconds since 1970, does not count; counters do not say when.
    """
    start = stream.read(_START)
    stream.seek(0)
    reader = next((read for fits, read in FORMATS.values() if fits(start)), None)
    if reader is None:
        yield Note(Location(file), f"traffic of an unknown kind, not read; known are {', '.join(FORMATS)}")
        return
    try:
        kind, edges = reader(stream, file, since)
    except (msgspec.MsgspecError, TooLarge, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        yield Note(Location(file), f"traffic, not read: {str(error)[:200]}")
        return
    except Exception as error:
        if type(error).__name__ != "DecodeError":
            raise
        yield Note(Location(file), "traffic, not read: not the protobuf of traces")
        return
    if since and reader is _prometheus:
        yield Note(Location(file), "counters do not say when: all that they count is taken", unread=False)
    if not edges.services and not edges.sums:
        yield Note(Location(file), "traffic, but no service in it" + (" since then" if since else ""))
    yield from edges.facts(kind, file)


def _traces(spans: Iterator[Span], since: float | None) -> tuple[Kind, Edges]:
    graph = SpanGraph(since)
    for span in spans:
        graph.add(span)
    return Kind.TRACE, graph.finish()
