"""OpenTelemetry's traces, as JSON (a document, or one a line as the collector writes them) and as protobuf."""

from collections.abc import Iterator
from typing import IO, Any, Final

import msgspec

from .pieces import MAX_PIECE, TooLarge
from .spans import Span

_SERVER: Final = (2, "SPAN_KIND_SERVER")
_CLIENT: Final = (3, "SPAN_KIND_CLIENT")
_CONSUMER: Final = (5, "SPAN_KIND_CONSUMER")
_PEERS: Final = ("peer.service", "server.address", "net.peer.name", "db.instance.host", "network.peer.address")
_FAILED: Final = (2, "STATUS_CODE_ERROR")


class _Text(msgspec.Struct):
    stringValue: Any = None


class _Attribute(msgspec.Struct):
    key: str = ""
    value: _Text = msgspec.field(default_factory=_Text)


class _Status(msgspec.Struct):
    code: int | str = 0


class _Span(msgspec.Struct):
    traceId: str = ""
    spanId: str = ""
    parentSpanId: str = ""
    kind: int | str = 0
    startTimeUnixNano: int | str = 0
    endTimeUnixNano: int | str = 0
    attributes: list[_Attribute] = []
    status: _Status = msgspec.field(default_factory=_Status)


class _Scope(msgspec.Struct):
    spans: list[_Span] = []


class _Resource(msgspec.Struct):
    attributes: list[_Attribute] = []


class _ResourceSpans(msgspec.Struct):
    resource: _Resource = msgspec.field(default_factory=_Resource)
    scopeSpans: list[_Scope] = []
    instrumentationLibrarySpans: list[_Scope] = []


class _Document(msgspec.Struct):
    resourceSpans: list[_ResourceSpans] = []


_DOCUMENTS: Final = msgspec.json.Decoder(_Document)
_ELEMENTS: Final = msgspec.json.Decoder(_ResourceSpans)


def is_otlp(start: bytes) -> bool:
    """Whether a file starts as OTLP's JSON does."""
    return b'"resourceSpans"' in start


def spans_of(piece: bytes) -> Iterator[Span]:
    """The spans of a document, or of one element of its list."""
    if b'"resourceSpans"' in piece[:200]:
        for each in _DOCUMENTS.decode(piece).resourceSpans:
            yield from _of_resource(each)
    else:
        yield from _of_resource(_ELEMENTS.decode(piece))


def _of_resource(element: _ResourceSpans) -> Iterator[Span]:
    service = _text(element.resource.attributes, ("service.name",))
    if not service:
        return
    for scope in (*element.scopeSpans, *element.instrumentationLibrarySpans):
        for each in scope.spans:
            start, end = int(each.startTimeUnixNano or 0) / 1e9, int(each.endTimeUnixNano or 0) / 1e9
            yield Span(
                each.traceId,
                each.spanId,
                each.parentSpanId.strip("0") and each.parentSpanId,
                service,
                start,
                end - start,
                each.status.code in _FAILED,
                _text(each.attributes, _PEERS) if each.kind in _CLIENT else "",
                each.kind in _CONSUMER,
            )


def _text(attributes: list[_Attribute], keys: tuple[str, ...]) -> str:
    found = [(keys.index(each.key), str(each.value.stringValue or "")) for each in attributes if each.key in keys]
    return next((text for _, text in sorted(found) if text), "") if found else ""


def protobuf_spans(stream: IO[bytes]) -> Iterator[Span]:
    """The spans of a file of protobuf: one message, or many with their length before each."""
    from opentelemetry.proto.trace.v1 import trace_pb2

    for content in _messages(stream):
        element = trace_pb2.ResourceSpans.FromString(content)
        attributes = {each.key: each.value.string_value for each in element.resource.attributes}
        service = attributes.get("service.name", "")
        for scope in element.scope_spans:
            for each in scope.spans if service else ():
                found = {one.key: one.value.string_value for one in each.attributes if one.key in _PEERS}
                peer = next((found[key] for key in _PEERS if found.get(key)), "") if each.kind == 3 else ""
                start, end = each.start_time_unix_nano / 1e9, each.end_time_unix_nano / 1e9
                yield Span(
                    each.trace_id,
                    each.span_id,
                    each.parent_span_id.strip(b"\0") and each.parent_span_id,
                    service,
                    start,
                    end - start,
                    each.status.code == 2,
                    peer,
                    each.kind == 5,
                )


def _messages(stream: IO[bytes]) -> Iterator[bytes]:
    """Each ResourceSpans: field 1 of TracesData, which may have its length in four bytes before it."""
    while head := stream.read(1):
        if head == b"\x0a":
            yield _sized(stream, _varint(stream))
        elif head == b"\0":
            rest = stream.read(3)
            left = int.from_bytes(rest, "big")
            end = stream.tell() + left
            while stream.tell() < end and stream.read(1) == b"\x0a":
                yield _sized(stream, _varint(stream))
        else:
            raise ValueError("not the protobuf of traces")


def _varint(stream: IO[bytes]) -> int:
    value = shift = 0
    while shift < 63:
        byte = stream.read(1)
        if not byte:
            raise ValueError("it ends in the middle")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
        shift += 7
    raise ValueError("not the protobuf of traces")


def _sized(stream: IO[bytes], size: int) -> bytes:
    if size > MAX_PIECE:
        raise TooLarge(f"one message of more than {MAX_PIECE >> 20} MiB")
    content = stream.read(size)
    if len(content) != size:
        raise ValueError("it ends in the middle")
    return content
