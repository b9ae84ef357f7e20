"""What is sent and what comes back, whatever carries it: a socket, or an API server's pod proxy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: `path` with its query, and the seconds after which nobody waits any longer."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Header names are lower case; `seconds` runs from sending to the last byte of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class NoAnswer(Exception):
    """Nothing usable came back; the message says why in a person's words."""


Send = Callable[[Outgoing], Answer]
"""Sends one request; raises NoAnswer."""
