"""A small receiver of OpenTelemetry's traces over HTTP, for as long as somebody looks on."""

import gzip
import io
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec

from ..errors import OnewayError
from ..evidence import Fact
from ..evidence.mentions import Kind
from ..evidence.readers.traffic.otlp import protobuf_spans, spans_of
from ..evidence.readers.traffic.spans import Span, SpanGraph

MAX_BODY: Final = 64 << 20
_LOOK_SECONDS: Final = 0.2
_SOURCE: Final = "received traces"


def receive_traffic(
    host: str,
    port: int,
    seconds: float | None,
    since: float | None,
    say: Callable[[str], None],
) -> list[Fact]:
    """The edges of the spans that came in that time, or until Ctrl-C. OnewayError where the port is taken."""
    receiver = _Receiver(SpanGraph(since))
    try:
        server = ThreadingHTTPServer((host, port), receiver.handler())
    except (OSError, OverflowError) as error:
        raise OnewayError(f"cannot listen at {host}:{port}: {error}", "choose another port") from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say(f"taking OTLP traces at http://{host}:{server.server_address[1]}/v1/traces")
    end = time.monotonic() + seconds if seconds is not None else None
    try:
        while end is None or time.monotonic() < end:
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()
        server.server_close()
    say(f"{receiver.count} spans came")
    return list(receiver.graph.finish().facts(Kind.TRACE, _SOURCE))


class _Receiver:
    """Adds the spans of all requests to one graph."""

    def __init__(self, graph: SpanGraph) -> None:
        self.graph = graph
        self.count = 0
        self._lock = threading.Lock()

    def take(self, body: bytes, kind: str) -> None:
        """The spans of one request. ValueError where it holds none that can be read."""
        spans = list(_spans(body, kind))
        with self._lock:
            for each in spans:
                self.graph.add(each)
            self.count += len(spans)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What answers a request."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def do_POST(self) -> None:
                status = _answer(self, receiver)
                content = b"{}" if status == 200 and "json" in str(self.headers.get("Content-Type")) else b""
                self.send_response(status)
                self.send_header("Content-Type", str(self.headers.get("Content-Type") or "application/x-protobuf"))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is said of single requests."""

        return Handler


def _answer(request: BaseHTTPRequestHandler, receiver: _Receiver) -> int:
    length = str(request.headers.get("Content-Length") or "")
    if request.path != "/v1/traces":
        return 404
    if not length.isdigit():
        return 411
    if int(length) > MAX_BODY:
        return 413
    body = request.rfile.read(int(length))
    try:
        if request.headers.get("Content-Encoding") == "gzip":
            body = _unpacked(body)
        receiver.take(body, str(request.headers.get("Content-Type") or ""))
    except (ValueError, msgspec.MsgspecError, zlib.error, EOFError, OSError):
        return 400
    return 200


def _unpacked(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as stream:
        content = stream.read(MAX_BODY + 1)
    if len(content) > MAX_BODY:
        raise ValueError("more than may be kept")
    return content


def _spans(body: bytes, kind: str) -> Iterator[Span]:
    if "json" in kind:
        yield from spans_of(body)
        return
    try:
        yield from protobuf_spans(io.BytesIO(body))
    except Exception as error:
        if type(error).__name__ != "DecodeError":
            raise
        raise ValueError("not the protobuf of traces") from None
