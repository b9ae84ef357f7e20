"""What one replica of a service was found to carry, when, and on what: kept beside the manifests as JSON."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from .scalars import Line, Name, Version

MEASURED_FOLDER: Final = "measured"
"""The folder of measurements inside that of the manifests; its files are named after their services."""

Rate = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Seconds = Annotated[float, Meta(ge=0)]


class Point(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came of one rate. Rates are requests per second, times are seconds since a request was due, `processor` is
    the cores that the replica kept busy and `memory` the bytes that it held, None where that cannot be seen;
    `concurrency` is how many requests were under way on average, and `held` whether the goal was."""

    offered: Rate
    answered: Rate
    requests: Annotated[int, Meta(ge=0)]
    p50: Seconds | None = None
    p99: Seconds | None = None
    errors: Annotated[float, Meta(ge=0, le=1)] = 0.0
    concurrency: Annotated[float, Meta(ge=0)] = 0.0
    processor: Annotated[float, Meta(ge=0)] | None = None
    memory: Annotated[int, Meta(ge=0)] | None = None
    held: bool = False


class Measured(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One measurement. `per_replica` is the median of `rounds`, `against` the way that the requests took, `goal` what
    had to hold, `on` the machine, and `measured` the day, as in 2026-11-25."""

    format: Literal[1] = 1
    service: Name
    version: Version
    environment: Name
    against: Literal["release", "front"]
    measured: Annotated[str, Meta(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$(?!\n)")]
    on: Line
    goal: Line
    per_replica: Annotated[float, Meta(gt=0, le=1_000_000_000)]
    rounds: tuple[Rate, ...] = ()
    curve: tuple[Point, ...] = ()

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, as a share of the median; 0 for a single one."""
        return (max(self.rounds) - min(self.rounds)) / self.per_replica if len(self.rounds) > 1 else 0.0


def is_measured(file: str) -> bool:
    """Whether a file of that name, with its folder, holds a measurement."""
    return file.endswith(".json") and f"/{file}".split("/")[-2] == MEASURED_FOLDER


def encode_measured(measured: Measured) -> bytes:
    """The measurement as a file that people can read."""
    return msgspec.json.format(msgspec.json.encode(measured), indent=2) + b"\n"


def decode_measured(content: bytes) -> Measured:
    """The measurement in a file; ValueError says why it is none."""
    try:
        return msgspec.json.decode(content, type=Measured)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
