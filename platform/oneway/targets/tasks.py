"""Commands of a release that run once and end: migrations, jobs, trials. Values, and what a target can do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..store import Release

BEFORE = "before"
TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Task:
    """One run of a command of a release. `run` tells it from every other run of that name: what was started once under
    it is never started again. It may take `within` seconds, for each try."""

    release: Release
    name: str
    command: tuple[str, ...]
    within: float
    run: str
    retries: int = 0
    by: str = ""


class RunState(StrEnum):
    """How a run stands. CUT_OFF is one that nobody saw the end of: how far it got is not known."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CUT_OFF = "cut off"


@dataclass(frozen=True, slots=True)
class Run:
    """One run as seen now. `lines` are the last that it said, without secrets; `by` is who started it."""

    job: str
    run: str
    release: int
    state: RunState
    started: float
    ended: float | None = None
    reason: str = ""
    by: str = ""
    tries: int = 1
    lines: tuple[str, ...] = ()


class Tasks(Protocol):
    """What a target can do with tasks. Each operation may be done twice."""

    def start(self, task: Task) -> None:
        """Start it, unless that run was started before. It goes on when whoever started it is gone."""

    def look(self, task: Task) -> Run:
        """How it stands. TargetError where it was never started."""

    def runs(self, service: str) -> Sequence[Run]:
        """The runs that are remembered, newest first, without their lines."""
