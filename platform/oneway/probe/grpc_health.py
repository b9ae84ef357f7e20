"""The health that a gRPC server tells, by the standard protocol (grpc.health.v1.Health/Check) over HTTP/2."""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

import h2.connection
import h2.events
from h2.exceptions import H2Error

from .. import __version__
from .answer import NoAnswer

_PATH: Final = "/grpc.health.v1.Health/Check"
_STATUSES: Final = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
_NOT_FOUND: Final = "5"
_UNIMPLEMENTED: Final = "12"
_MOST_BYTES: Final = 64 << 10


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def serving_status(streams: Streams, service: str, base_url: str, more: Mapping[str, str]) -> str:
    """SERVING, or what is told instead; `more` headers are sent. NoAnswer where what answers is no gRPC server, or has
    no such protocol."""
    try:
        headers, body = await _exchanged(streams, _headers(urlsplit(base_url), more), _message(service))
    except (H2Error, OSError, ValueError) as error:
        raise NoAnswer(f"what answers does not speak HTTP/2, as gRPC does: {error or type(error).__name__}") from None
    finally:
        streams[1].close()
    if headers.get(":status") != "200":
        raise NoAnswer(f"it answered {headers.get(':status', 'nothing')}, which no gRPC server does")
    code = headers.get("grpc-status", "0")
    if code == _NOT_FOUND:
        return "SERVICE_UNKNOWN"
    if code == _UNIMPLEMENTED:
        raise NoAnswer("the server does not tell its health (grpc.health.v1 is not implemented there)")
    if code != "0":
        raise NoAnswer(f"it answered with gRPC status {code}: {headers.get('grpc-message', 'no reason given')[:200]}")
    return _STATUSES.get(_status(body), "UNKNOWN")


async def _exchanged(streams: Streams, asked: list[tuple[str, str]], message: bytes) -> tuple[Mapping[str, str], bytes]:
    """Every header of the answer, those at its end among them, and its body."""
    reader, writer = streams
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    stream = connection.get_next_available_stream_id()
    connection.send_headers(stream, asked)
    connection.send_data(stream, message, end_stream=True)
    headers: dict[str, str] = {}
    body = bytearray()
    while True:
        writer.write(connection.data_to_send())
        await writer.drain()
        data = await reader.read(_MOST_BYTES)
        if not data:
            raise ValueError("the connection was cut before an answer came")
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived | h2.events.TrailersReceived):
                headers |= {_text(name): _text(value) for name, value in event.headers}
            elif isinstance(event, h2.events.DataReceived):
                body += event.data
                connection.acknowledge_received_data(event.flow_controlled_length, stream)
            elif isinstance(event, h2.events.StreamEnded):
                return headers, bytes(body)
            elif isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
                raise ValueError("it ended the connection")
        if len(body) > _MOST_BYTES:
            raise ValueError("it answers with more than a health")


def _headers(url: SplitResult, more: Mapping[str, str]) -> list[tuple[str, str]]:
    netloc, scheme = url.netloc or "localhost", url.scheme
    return [
        (":method", "POST"),
        (":scheme", "https" if scheme in ("https", "grpcs") else "http"),
        (":path", _PATH),
        (":authority", netloc),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("user-agent", f"oneway/{__version__}"),
        *((name.lower(), value) for name, value in more.items()),
    ]


def _message(service: str) -> bytes:
    """HealthCheckRequest{service} as gRPC frames it: uncompressed, its length, its one field."""
    name = service.encode()
    field = b"\x0a" + _varint(len(name)) + name if name else b""
    return b"\0" + len(field).to_bytes(4, "big") + field


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _status(body: bytes) -> int:
    """HealthCheckResponse{status}: field 1, a small number; absent, it is 0."""
    if len(body) < 5 or body[0] != 0 or len(body) < 5 + int.from_bytes(body[1:5], "big"):
        raise NoAnswer("the health that it answers with cannot be read")
    message = body[5:]
    return message[1] if len(message) >= 2 and message[0] == 0x08 else 0


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
