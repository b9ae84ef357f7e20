"""`platform drift`: since when, what is accepted, traces that are listened to, terms that traffic shows."""

import gzip
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oneway.application.update_terms import Term
from oneway.application.write_terms import write_terms
from oneway.cli.spans_of_time import moment_of, seconds_of
from oneway.errors import UsageError
from oneway.manifest import load

HEAD = "apiVersion: oneway/v1\n"
PLATFORM = f"{HEAD}platform: shop\nowners: {{a: {{}}}}\ndomains: {{d: {{}}}}\n"
NOW = 1_790_000_000


def manifest(name: str, more: str = "") -> str:
    return f"{HEAD}service: {name}\nversion: 1.0.0\nowner: a\ndomain: d\nendpoints: [{{name: http, port: 80}}]\n{more}"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "platform.yaml").write_text(PLATFORM)
    (folder / "web.yaml").write_text(manifest("web", "calls: [{to: orders}]\n"))
    (folder / "orders.yaml").write_text(manifest("orders"))
    (folder / "stock.yaml").write_text(manifest("stock"))
    return tmp_path


def span(trace: str, number: int, parent: int, start: float, seconds: float = 0.01) -> dict[str, Any]:
    nanos = {"startTimeUnixNano": str(int(start * 1e9)), "endTimeUnixNano": str(int((start + seconds) * 1e9))}
    return {"traceId": trace, "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "", **nanos}


def traces(rounds: int, start: float, callees: tuple[str, ...], each: int = 1, seconds: float = 0.01) -> dict[str, Any]:
    """Every second one request to web, which asks each callee so often."""
    spans: dict[str, list[dict[str, Any]]] = {"web": [], **{callee: [] for callee in callees}}
    for at in range(rounds):
        trace = f"{int(start) + at:032x}"
        spans["web"].append(span(trace, 1, 0, start + at))
        for nth, callee in enumerate(callee for callee in callees for _ in range(each)):
            spans[callee].append(span(trace, 2 + nth, 1, start + at, seconds))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]},
                "scopeSpans": [{"spans": found}],
            }
            for name, found in spans.items()
        ]
    }


def drift(shop: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "oneway.cli.main", "drift", *words]
    return subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False, timeout=120)


def keep(shop: Path, name: str, document: dict[str, Any]) -> str:
    (shop / name).write_text(json.dumps(document))
    return name


@pytest.mark.parametrize(
    ("since", "found"),
    [(None, True), ("2026-09-01T00:00+00:00", True), ("2026-12-31", False)],
)
def test_traffic_from_before_a_time_does_not_count(shop: Path, since: str | None, found: bool) -> None:
    name = keep(shop, "traces.json", traces(3, NOW, ("stock",)))
    done = drift(shop, "--traffic", name, *(["--since", since] if since else []))
    assert ("web calls stock" in done.stdout) is found, done
    assert "agree" not in done.stdout


def test_an_old_call_beside_a_new_one_is_left_out(shop: Path) -> None:
    old = traces(3, NOW - 9 * 86400, ("stock",))
    new = traces(3, NOW, ("orders",))
    name = keep(shop, "traces.json", {"resourceSpans": old["resourceSpans"] + new["resourceSpans"]})
    done = drift(shop, "--traffic", name, "--since", "2026-09-20", "--format", "json")
    said = json.loads(done.stdout)
    assert (said["undeclared_calls"], said["unseen_calls"]) == ([], [])
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("rule", "until", "silent"),
    [
        ("drift-undeclared-call", "2999-01-01", True),
        ("drift-undeclared-call", "2020-01-01", False),
        ("drift-unseen-call", "2999-01-01", False),
    ],
)
def test_a_caller_accepts_its_differences(shop: Path, rule: str, until: str, silent: bool) -> None:
    accept = f"accept: [{{rule: {rule}, reason: known, until: {until}}}]\n"
    (shop / "manifests" / "web.yaml").write_text(manifest("web", "calls: [{to: orders}]\n" + accept))
    name = keep(shop, "traces.json", traces(3, NOW, ("orders", "stock")))
    done = drift(shop, "--traffic", name, "--format", "json")
    said = json.loads(done.stdout)
    assert done.returncode == (0 if silent else 1)
    assert said["accepted"] == (1 if silent else 0)
    assert [each["to"] for each in said["undeclared_calls"]] == ([] if silent else ["stock"])
    if silent:
        assert "agree" not in drift(shop, "--traffic", name).stdout


def test_check_takes_acceptances_for_drift(shop: Path) -> None:
    accept = "accept: [{rule: drift-unseen-call, reason: nightly}, {rule: drift-unknown, reason: none}]\n"
    (shop / "manifests" / "stock.yaml").write_text(manifest("stock", accept))
    command = [sys.executable, "-m", "oneway.cli.main", "check"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False)
    assert "drift-unseen-call" not in done.stdout
    assert "there is no rule drift-unknown" in done.stdout


def test_declared_externals_are_no_unknown_services(shop: Path) -> None:
    (shop / "manifests" / "platform.yaml").write_text(PLATFORM + "externals: {maps: {host: maps.example.com}}\n")
    (shop / "manifests" / "web.yaml").write_text(manifest("web", "calls: [{to: orders}, {to: maps}]\n"))
    document = traces(3, NOW, ("orders",))
    asked = span(f"{NOW:032x}", 77, 1, NOW) | {"kind": 3}
    asked["attributes"] = [{"key": "server.address", "value": {"stringValue": "maps.example.com"}}]
    document["resourceSpans"][0]["scopeSpans"][0]["spans"].append(asked)
    done = drift(shop, "--traffic", keep(shop, "traces.json", document), "--format", "json")
    said = json.loads(done.stdout)
    assert (said["undeclared_calls"], said["unseen_calls"], said["unknown_services"]) == ([], [], [])
    assert done.returncode == 0


def listening(shop: Path, use: Callable[[int], None], *words: str) -> tuple[int, str]:
    """Run drift with a receiver on a free port, hand its port on, and end it as Ctrl-C does."""
    command = [sys.executable, "-u", "-m", "oneway.cli.main", "drift", "--listen", "0", *words]
    with subprocess.Popen(command, cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        match = re.search(r"http://127\.0\.0\.1:([0-9]+)/v1/traces", line)
        assert match, line + process.stderr.read()
        use(int(match[1]))
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out


def test_traces_are_listened_to(shop: Path) -> None:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    document = traces(3, NOW, ("stock",))
    message = ExportTraceServiceRequest()
    for element in document["resourceSpans"]:
        resource = message.resource_spans.add()
        name = element["resource"]["attributes"][0]["value"]["stringValue"]
        resource.resource.attributes.add(key="service.name").value.string_value = "orders" if name == "stock" else name
        for each in element["scopeSpans"][0]["spans"]:
            made = resource.scope_spans.add().spans.add()
            made.trace_id, made.span_id = bytes.fromhex(each["traceId"]), bytes.fromhex(each["spanId"])
            made.parent_span_id = bytes.fromhex(each["parentSpanId"])
    assert TracesData.FromString(message.SerializeToString())

    def send(port: int) -> None:
        def post(path: str, body: bytes, **headers: str) -> int:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("POST", path, body, {name.replace("_", "-"): each for name, each in headers.items()})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        packed = gzip.compress(json.dumps(document).encode())
        assert post("/v1/traces", packed, Content_Type="application/json", Content_Encoding="gzip") == 200
        protobuf = message.SerializeToString()
        assert post("/v1/traces", protobuf, Content_Type="application/x-protobuf") == 200
        assert post("/v1/traces", b"\xff\xff", Content_Type="application/x-protobuf") == 400
        assert post("/v1/traces", b"{", Content_Type="application/json") == 400
        assert post("/v1/traces", b"no gzip", Content_Type="application/json", Content_Encoding="gzip") == 400
        assert post("/v1/logs", b"{}", Content_Type="application/json") == 404

    status, out = listening(shop, send, "--format", "json")
    said = json.loads(out)
    assert status == 1
    assert [(each["from"], each["to"]) for each in said["undeclared_calls"]] == [("web", "stock")]
    assert said["undeclared_calls"][0]["evidence"][0]["count"] == 3
    assert said["unseen_calls"] == []


def test_nobody_came(shop: Path) -> None:
    done = drift(shop, "--listen", "0", "--for", "1s")
    assert "0 spans came" in done.stderr
    assert "agree" not in done.stdout


@pytest.mark.parametrize("words", [["--listen", "a"], ["--listen", "1:99999"], ["--cluster"], ["--update", "x.yaml"]])
def test_what_cannot_be_asked_is_refused(shop: Path, words: list[str]) -> None:
    done = drift(shop, *words)
    assert done.returncode == 2, done
    assert "hint:" in done.stderr


def test_terms_that_traffic_shows_are_written(shop: Path) -> None:
    web = manifest(
        "web", "# who asks\ncalls:\n  - to: orders   # every basket\n    retries: 1\nload: {requests_per_second: 9}\n"
    )
    (shop / "manifests" / "web.yaml").write_text(web)
    name = keep(shop, "traces.json", traces(200, NOW, ("orders",), each=3, seconds=0.9))
    done = drift(shop, "--traffic", name, "--update")
    assert done.returncode == 0, done
    text = (shop / "manifests" / "web.yaml").read_text()
    assert "  - to: orders   # every basket\n    timeout: 2000ms\n    per_request: 3\n    retries: 1\n" in text
    assert "load: {requests_per_second: 1}" in text
    assert text.startswith(HEAD)
    again = drift(shop, "--traffic", name, "--update")
    assert "no other terms" in again.stderr
    assert (shop / "manifests" / "web.yaml").read_text() == text


def test_few_requests_show_no_terms(shop: Path) -> None:
    name = keep(shop, "traces.json", traces(20, NOW, ("orders",), each=2))
    before = (shop / "manifests" / "web.yaml").read_text()
    drift(shop, "--traffic", name, "--update")
    assert (shop / "manifests" / "web.yaml").read_text() == before


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("calls: [{to: orders}]\n", "calls: [{to: orders, per_request: 2}]\n"),
        ("calls: [{to: orders, per_request: 1}]\n", "calls: [{to: orders, per_request: 2}]\n"),
        ("calls:\n  - {per_request: 1.5, to: orders}  # x\n", "calls:\n  - {per_request: 2, to: orders}  # x\n"),
        ("calls:\n- to: orders\n", "calls:\n- to: orders\n  per_request: 2\n"),
        (
            'calls:\n  - to: "orders"\n    retries: 2\n',
            'calls:\n  - to: "orders"\n    per_request: 2\n    retries: 2\n',
        ),
        (
            "calls:\n  - retries: 1 # a\n    to: orders\n",
            "calls:\n  - retries: 1 # a\n    per_request: 2\n    to: orders\n",
        ),
    ],
)
def test_one_value_is_written_and_nothing_else(shop: Path, calls: str, expected: str) -> None:
    path = shop / "manifests" / "web.yaml"
    path.write_text(manifest("web", calls))
    folder = shop / "manifests"
    system = load([(f"manifests/{each.name}", each.read_bytes()) for each in sorted(folder.iterdir())]).system
    term = Term("web", "orders", "per_request", "2", "seen")
    assert write_terms(system, shop, [term]) == ([term], [])
    assert path.read_text() == manifest("web", expected)


def test_times_as_people_write_them() -> None:
    assert seconds_of("90s") == 90
    assert seconds_of("2d") == 172_800
    assert moment_of("1h", 7200.0) == 3600
    assert moment_of("1970-01-02T00:00+00:00", time.time()) == 86_400
    for wrong in ("soon", "5", "-3d", "2026-13-01"):
        with pytest.raises(UsageError):
            moment_of(wrong, 0.0)
