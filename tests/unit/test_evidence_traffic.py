"""What traffic shows: every format to the same edges, exact counts, bounded memory, and what cannot be read."""

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from opentelemetry.proto.trace.v1 import trace_pb2

from oneway.evidence.mentions import Mention, Note
from oneway.evidence.readers.traffic import FORMATS, read_traffic
from oneway.evidence.readers.traffic.pieces import pieces

START = 1_764_000_000


def edges(content: bytes | IO[bytes]) -> dict[tuple[str, str], tuple[int, int]]:
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    facts = list(read_traffic(stream, "traffic"))
    assert [each for each in facts if isinstance(each, Note)] == []
    found = (each for each in facts if isinstance(each, Mention))
    return {(each.source, each.host): (each.traffic.count, each.traffic.errors) for each in found if each.traffic}


def otlp(rounds: int = 1) -> dict[str, Any]:
    """web calls orders; orders calls stock, which fails, and sends to a queue; web asks a database without spans."""
    spans: dict[str, list[dict[str, Any]]] = {"web": [], "orders": [], "stock": [], "mail": []}
    for at in range(rounds):
        trace = f"{at:032x}"

        def span(service: str, id: int, parent: int, kind: int, trace: str = trace, **more: Any) -> None:
            start = (START + id) * 10**9
            spans[service].append(
                {"traceId": trace, "spanId": f"{id:016x}", "parentSpanId": f"{parent:016x}" if parent else ""}
                | {"kind": kind, "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 10**8)}
                | more
            )

        peer = [{"key": "server.address", "value": {"stringValue": "users-db"}}]
        span("web", 1, 0, 2)
        span("web", 2, 1, 3, attributes=peer)
        span("web", 3, 1, 3)
        span("orders", 4, 3, 2)
        span("stock", 5, 4, 2, status={"code": 2})
        span("mail", 6, 4, 5)
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]},
                "scopeSpans": [{"scope": {"name": 'a "quoted" {brace'}, "spans": found}],
            }
            for name, found in spans.items()
        ]
    }


EXPECTED = {("web", "orders"): (3, 0), ("orders", "stock"): (3, 3), ("web", "users-db"): (3, 0)}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(otlp(3)),
        json.dumps(otlp(3), indent=2),
        "\n".join(json.dumps(otlp(1)).replace(f'"{0:032x}"', f'"{at:032x}"') for at in range(3)),
        json.dumps({"resourceSpans": list(reversed(otlp(3)["resourceSpans"]))}),
    ],
)
def test_traces_of_opentelemetry_in_every_shape(content: str) -> None:
    assert edges(content.encode()) == EXPECTED


def protobuf() -> bytes:
    message = trace_pb2.TracesData()
    for element in otlp(3)["resourceSpans"]:
        found = message.resource_spans.add()
        attribute = found.resource.attributes.add(key="service.name")
        attribute.value.string_value = element["resource"]["attributes"][0]["value"]["stringValue"]
        scope = found.scope_spans.add()
        for each in element["scopeSpans"][0]["spans"]:
            span = scope.spans.add(
                trace_id=bytes.fromhex(each["traceId"]),
                span_id=bytes.fromhex(each["spanId"]),
                parent_span_id=bytes.fromhex(each["parentSpanId"]),
                kind=each["kind"],
                start_time_unix_nano=int(each["startTimeUnixNano"]),
                end_time_unix_nano=int(each["endTimeUnixNano"]),
            )
            span.status.code = each.get("status", {}).get("code", 0)
            for one in each.get("attributes", ()):
                span.attributes.add(key=one["key"]).value.string_value = one["value"]["stringValue"]
    content: bytes = message.SerializeToString()
    return content


def test_traces_of_opentelemetry_as_protobuf() -> None:
    content = protobuf()
    assert edges(content) == EXPECTED
    assert edges(len(content).to_bytes(4, "big") + content) == EXPECTED


def test_traces_of_jaeger_and_zipkin() -> None:
    processes = {"p1": {"serviceName": "web"}, "p2": {"serviceName": "orders"}}
    spans = [
        {
            "traceID": "t",
            "spanID": "a",
            "processID": "p1",
            "startTime": START * 10**6,
            "duration": 2000,
            "references": [],
        },
        {"traceID": "t", "spanID": "b", "processID": "p2", "startTime": START * 10**6, "duration": 1000}
        | {"references": [{"refType": "CHILD_OF", "traceID": "t", "spanID": "a"}]}
        | {"tags": [{"key": "error", "type": "bool", "value": True}]},
    ]
    trace = {"traceID": "t", "spans": spans, "processes": processes}
    assert edges(json.dumps({"data": [trace]}).encode()) == {("web", "orders"): (1, 1)}
    zipkin = [
        {"traceId": "1", "id": "2", "kind": "CLIENT", "localEndpoint": {"serviceName": "web"}, "timestamp": 1},
        {"traceId": "1", "id": "2", "kind": "SERVER", "shared": True, "localEndpoint": {"serviceName": "orders"}},
        {"traceId": "1", "id": "3", "parentId": "2", "kind": "CLIENT", "localEndpoint": {"serviceName": "web"}}
        | {"remoteEndpoint": {"serviceName": "mysql"}},
    ]
    assert edges(json.dumps(zipkin).encode()) == {("web", "orders"): (1, 0), ("web", "mysql"): (1, 0)}


def test_service_graphs_flows_and_access_logs() -> None:
    metrics = b"""# TYPE traces_service_graph_request_total counter
traces_service_graph_request_total{client="web",server="orders"} 40
traces_service_graph_request_failed_total{client="web",server="orders"} 2
traces_service_graph_request_total{client="user",server="web"} 9
istio_requests_total{reporter="source",source_workload="web",destination_workload="cart",response_code="200"} 7
istio_requests_total{reporter="destination",source_workload="web",destination_workload="cart",response_code="503"} 7
"""
    assert edges(metrics) == {("web", "orders"): (40, 2), ("web", "cart"): (7, 7)}
    answer = {"metric": {"__name__": "traces_service_graph_request_total", "client": "web", "server": "orders"}}
    query = {"status": "success", "data": {"result": [answer | {"value": [1, "5"]}]}}
    assert edges(json.dumps(query).encode()) == {("web", "orders"): (5, 0)}
    ends = {"source": {"workloads": [{"name": "web"}]}, "destination": {"pod_name": "orders-5d9c7b6f4-x2x4z"}}
    flows = [ends | {"verdict": "FORWARDED"}, ends | {"verdict": "DROPPED"}, ends | {"is_reply": True}]
    hubble = "\n".join(json.dumps({"flow": each}) for each in flows).encode()
    assert edges(hubble) == {("web", "orders"): (2, 1)}
    line = {"logger": "http.log.access.orders", "ts": START, "duration": 0.1, "status": 502, "caller": "web/1.0.0"}
    assert edges(json.dumps(line).encode()) == {("web", "orders"): (1, 1)}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'{"resourceSpans": [{"resource": 3}]}',
        b'{"resourceSpans": []}',
        b"\x0a\xff\xff\xff",
        b"\x0a\x02ab",
        b'{"data": [{"spans": [1], "processes": {}}]}',
        b'[{"localEndpoint": 3}]',
        b'{"flow": 3}',
        b"\0\0\0\x05\x0aab",
    ],
)
def test_what_is_no_traffic_is_told(content: bytes) -> None:
    notes = [each for each in read_traffic(io.BytesIO(content), "traffic") if isinstance(each, Note)]
    assert len(notes) == 1
    assert notes[0].unread


@pytest.mark.parametrize("left", [1, 40, 400])
def test_a_document_that_was_cut_off_is_told(left: int) -> None:
    content = json.dumps(otlp(50), indent=1).encode().rstrip().removesuffix(b"}").rstrip()
    cut = content[: len(content) - left]
    notes = [each for each in read_traffic(io.BytesIO(cut), "traffic") if isinstance(each, Note)]
    assert [each.text for each in notes] == ["traffic, not read: it ends in the middle"]


def test_known_kinds_are_named_where_a_file_is_of_none() -> None:
    (note,) = (each for each in read_traffic(io.BytesIO(b"hello"), "x") if isinstance(each, Note))
    assert all(name in note.text for name in FORMATS)


class Endless(io.RawIOBase):
    """A document with as many traces as are asked for, made while it is read."""

    def __init__(self, rounds: int) -> None:
        self._parts = self._make(rounds)
        self._buffer = b""

    def _make(self, rounds: int) -> Iterator[bytes]:
        yield b'{"resourceSpans": ['
        for at in range(rounds):
            text = ", ".join(json.dumps(each) for each in otlp()["resourceSpans"]).replace(f"{0:032x}", f"{at:032x}")
            yield (", " if at else "").encode() + text.encode()
        yield b"]}"

    def read(self, size: int = -1) -> bytes:
        while len(self._buffer) < size and (part := next(self._parts, None)) is not None:
            self._buffer += part
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found


def test_a_large_document_is_read_in_pieces() -> None:
    from oneway.evidence.readers.traffic.otlp import spans_of
    from oneway.evidence.readers.traffic.spans import SpanGraph

    rounds = 3000
    tracemalloc.start()
    graph = SpanGraph()
    for piece in pieces(Endless(rounds)):  # type: ignore[arg-type]
        for span in spans_of(piece):
            graph.add(span)
    found = graph.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.sums["web", "orders"].count == rounds
    assert found.sums["orders", "stock"].errors == rounds
    assert peak < 40 << 20


def test_drift_from_traffic_both_ways(tmp_path: Path) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    head = "apiVersion: oneway/v1\n"
    (manifests / "platform.yaml").write_text(f"{head}platform: shop\nowners: {{a: {{}}}}\ndomains: {{d: {{}}}}\n")
    for name, callees in (("web", "orders, stock"), ("orders", "stock"), ("stock", ""), ("mail", "web")):
        made = f"service: {name}\nversion: 1.0.0\nowner: a\ndomain: d\nendpoints: [{{name: http, port: 80}}]\n"
        listed = ", ".join(f"{{to: {each}}}" for each in callees.split(", ") if each)
        (manifests / f"{name}.yaml").write_text(head + made + (f"calls: [{listed}]\n" if listed else ""))
    (tmp_path / "traces.json").write_text(json.dumps(otlp(4)))
    command = [sys.executable, "-m", "oneway.cli.main", "drift", "--traffic", "traces.json"]
    done = subprocess.run([*command, "--format", "json"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["undeclared_calls"] == []
    assert said["unknown_services"] == ["users-db"]
    missing = {(each["from"], each["to"]): each["could_have_been_seen"] for each in said["unseen_calls"]}
    assert missing == {("web", "stock"): True, ("mail", "web"): True}
    (manifests / "orders.yaml").write_text((manifests / "orders.yaml").read_text().replace("{to: stock}", ""))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "orders calls stock, which its manifest does not declare (seen: 4 requests, 100.0% errors" in done.stdout
    sarif = subprocess.run([*command, "--format", "sarif"], cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [each["ruleId"] for each in json.loads(sarif.stdout)["runs"][0]["results"]]
    assert "drift-undeclared-call" in found
    assert "drift-unseen-call" in found
    (tmp_path / "traces.json").write_text("nothing of it")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "not read" in done.stderr
    assert "agree" not in done.stdout
