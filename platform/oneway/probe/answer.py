"""What is sent and what comes back, whatever carries it: a socket, or an API server's pod proxy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a request is: HTTP, or what the other kinds of endpoints can be asked."""

    HTTP = "http"
    TCP = "tcp"
    GRPC = "grpc"
    DNS = "dns"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: `path` with its query, and the seconds after which nobody waits any longer, for anything.

    With `head` the answer's head is enough: its body is not read. With `certificate` it is asked when that ends. Of
    other kinds than HTTP, `path` is the name that is asked about: a gRPC service, a host.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float
    head: bool = False
    kind: Kind = Kind.HTTP
    certificate: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Header names are lower case, each with all its values in the order in which they came; the body is
    as it was before it was compressed. `seconds` runs from sending to the last byte that was read, and a `Location`
    that begins with `origin` leads back to whoever answered. `certificate_ends` is when the certificate of that place
    ends, in seconds since the epoch, where that was asked. Answers of other kinds than HTTP have a status, too: 200, or
    503."""

    status: int
    headers: Mapping[str, tuple[str, ...]]
    body: bytes
    seconds: float
    origin: str = ""
    certificate_ends: float | None = None


class NoAnswer(Exception):
    """Nothing usable came back; the message says why in a person's words."""


Send = Callable[[Outgoing], Answer]
"""Sends one request; raises NoAnswer, at the latest when the request's time is over."""
