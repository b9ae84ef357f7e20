"""Traces as Jaeger and Zipkin write them."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from .spans import Span

_PEERS: Final = ("peer.service", "server.address", "net.peer.name", "peer.hostname", "db.instance.host")


def is_jaeger(start: bytes) -> bool:
    """Whether a file starts as Jaeger's JSON does."""
    return b'"processes"' in start or (b'"traceID"' in start and b'"spans"' in start) or b'"operationName"' in start


def is_zipkin(start: bytes) -> bool:
    """Whether a file starts as Zipkin's JSON does."""
    return b'"localEndpoint"' in start


def jaeger_spans(piece: bytes) -> Iterator[Span]:
    """The spans of one trace, or of a document with traces."""
    document = msgspec.json.decode(piece)
    traces = document.get("data", [document]) if isinstance(document, dict) else []
    for trace in traces:
        processes = trace.get("processes") or {}
        for each in trace.get("spans") or ():
            process = each.get("process") or processes.get(each.get("processID")) or {}
            tags = {one.get("key"): one.get("value") for one in each.get("tags") or ()}
            parents = [one for one in each.get("references") or () if one.get("refType") in ("CHILD_OF", None)]
            follows = not parents and bool(each.get("references"))
            service = str(process.get("serviceName") or "")
            if service:
                yield Span(
                    str(each.get("traceID")),
                    str(each.get("spanID")),
                    str(parents[0].get("spanID")) if parents else str(each.get("parentSpanID") or ""),
                    service,
                    float(each.get("startTime") or 0) / 1e6,
                    float(each.get("duration") or 0) / 1e6,
                    tags.get("error") in (True, "true") or tags.get("otel.status_code") == "ERROR",
                    next((str(tags[key]) for key in _PEERS if tags.get(key)), "")
                    if tags.get("span.kind") == "client"
                    else "",
                    follows or tags.get("span.kind") == "consumer",
                )


def zipkin_spans(piece: bytes) -> Iterator[Span]:
    """One span, or a list of them. A server may share its client's span: then the client is its parent."""
    document: Any = msgspec.json.decode(piece)
    for each in document if isinstance(document, list) else [document]:
        if isinstance(each, list):
            yield from (span for one in each for span in _zipkin_span(one))
        else:
            yield from _zipkin_span(each)


def _zipkin_span(each: dict[str, Any]) -> Iterator[Span]:
    service = str((each.get("localEndpoint") or {}).get("serviceName") or "")
    kind, trace, id = each.get("kind"), str(each.get("traceId")), str(each.get("id"))
    parent = str(each.get("parentId") or "")
    if each.get("shared") and kind == "SERVER":
        id, parent = f"{id}+", id
    peer = str((each.get("remoteEndpoint") or {}).get("serviceName") or "") if kind == "CLIENT" else ""
    if service:
        yield Span(
            trace,
            id,
            parent,
            service,
            float(each.get("timestamp") or 0) / 1e6,
            float(each.get("duration") or 0) / 1e6,
            "error" in (each.get("tags") or {}),
            peer,
            kind == "CONSUMER",
        )
