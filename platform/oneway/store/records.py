"""Release records: the values, and what keeping them means. Where they are kept is the target's business."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from ..errors import OnewayError
from ..manifest.decode import decode
from ..model import Duration, Measured, Service


class State(StrEnum):
    """Where a release stands. Only UNDER_WAY and ROLLING_BACK are unfinished; LIVE is decided for good."""

    UNDER_WAY = "under way"
    ROLLING_BACK = "rolling back"
    LIVE = "live"
    ROLLED_BACK = "rolled back"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"


class Outcome(StrEnum):
    """How a step of a rollout ended; STARTED is what a crash leaves behind, SKIPPED had nothing to judge."""

    STARTED = "started"
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"


class Step(Struct, frozen=True, kw_only=True):
    """One step as recorded before (STARTED) and after. Times are seconds since the epoch."""

    name: str
    outcome: Outcome = Outcome.STARTED
    started: float
    ended: float | None = None
    detail: str = ""


class Evidence(Struct, frozen=True, kw_only=True):
    """What explains a failure: failed checks with expected and actual, events, exit codes, the last log lines."""

    checks: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()


class Release(Struct, frozen=True, kw_only=True):
    """One version of one service as deployed once; this is also its record, whole.

    `content` names what the version number stands for (files, build, config files); `digest` names everything that the
    running service sees: the content, its wiring and its settings. `material` is the target's own (recorded objects, an
    image's digest, addresses) and opaque to everybody else.
    `number` counts per service from 1. `previous` is the number of the release that was live when this one began.
    `repeats` is set on a restart: the number of the release that it starts anew. `since` is when it began to serve, for
    the last time. `commit`, `dirty` and `commit_author` tell what git said of the files. `configuration` has a keyed
    digest of each secret that it was started with, by variable.
    `descriptions` has what the API promised: the OpenAPI description of each endpoint, by its name, packed.
    `measured` is what its replica was found to carry, where `rollout.load` asks.
    `undoes` is set on a rollback by hand: the number of the release that it takes away. `ends_as` is the state that a
    release has once it was put back, for whoever must finish what was cut off in between.
    """

    service: str
    number: int
    version: str
    content: str
    digest: str
    spec: Service
    environment: str
    author: str
    started: float
    state: State = State.UNDER_WAY
    ends_as: State | None = None
    ended: float | None = None
    committed: float | None = None
    previous: int | None = None
    undoes: int | None = None
    restores: int | None = None
    repeats: int | None = None
    since: float | None = None
    commit: str = ""
    dirty: bool | None = None
    commit_author: str = ""
    configuration: Mapping[str, str] = {}
    reason: str = ""
    steps: tuple[Step, ...] = ()
    evidence: Evidence = Evidence()
    material: Mapping[str, str] = {}
    measured: Measured | None = None
    descriptions: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who deploys a service at this moment: `alice@laptop (process 4711)`, since when, for which release."""

    who: str
    since: float


class Locked(OnewayError):
    """Somebody else deploys this service at this moment; `holder` says who."""

    def __init__(self, service: str, holder: Holder, hint: str = "") -> None:
        since = datetime.fromtimestamp(holder.since).strftime("%H:%M:%S")
        super().__init__(
            f"{service} is being deployed by {holder.who} since {since}", hint or "wait until that has ended"
        )
        self.holder = holder


class Records(Protocol):
    """Release records and locks, durable where the releases run."""

    def lock(self, service: str, holder: Holder) -> AbstractContextManager[None]:
        """Hold the service for one rollout; raises Locked at once. A lock whose holder died is free again."""

    def holder(self, service: str) -> Holder | None:
        """Who holds the lock now."""

    def services(self) -> tuple[str, ...]:
        """Every service that has a record, sorted."""

    def releases(self, service: str) -> tuple[Release, ...]:
        """The service's records, newest first; at least the live one and the last twenty are kept."""

    def create(self, draft: Release) -> Release:
        """Save a new record under the next free number of its service."""

    def save(self, release: Release) -> None:
        """Replace the record; durable when this returns."""


def encode_release(release: Release) -> bytes:
    """The record as JSON, which `decode_release` reads back to an equal value."""
    return msgspec.json.encode(msgspec.to_builtins(release, enc_hook=_written), order="deterministic")


def decode_release(text: bytes | str) -> Release:
    """The record of that JSON, also one written by an earlier version; unknown fields are passed over."""
    return decode(upgraded(msgspec.json.decode(text)), Release)


def upgraded(record: dict[str, Any]) -> dict[str, Any]:
    """A record of any earlier version as one of this version. The first versions told how a rollback that was under way
    would end by the first word of its reason."""
    if record.get("state") != State.ROLLING_BACK or "ends_as" in record:
        return record
    mark, reason = f"{State.INTERRUPTED}: ", str(record.get("reason", ""))
    ends_as = State.INTERRUPTED if reason.startswith(mark) else State.ROLLED_BACK
    return {**record, "ends_as": ends_as.value, "reason": reason.removeprefix(mark)}


def _written(value: object) -> object:
    if isinstance(value, Duration):
        return str(value)
    raise TypeError(f"no encoding for {type(value)}")
