"""One rollout's record, saved before and after each step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from ..errors import OnewayError
from ..targets.base import Outcome, Release, Step
from .desk import Desk
from .events import Event, Kind


class Refused(Exception):
    """A step did not pass: the gate says no, or cannot say yes. `checks` tell expected and actual."""

    def __init__(self, reason: str, outcome: Outcome = Outcome.FAIL, checks: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome
        self.checks = checks


@dataclass(slots=True)
class Journal:
    """The record of a rollout under way, and how long it may still take; `resumed` where it carries on what was cut
    off."""

    desk: Desk
    release: Release
    old: Release | None
    deadline: float = field(default=float("inf"))
    resumed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.resumed = bool(self.release.steps)

    def step(
        self, name: str, action: Callable[["Journal"], str], once: bool = False, within: float | None = None
    ) -> None:
        """Do one step: recorded as begun, done, recorded as ended. A step that is judged only `once` is not judged
        again when it has passed before an interruption."""
        self.desk.check_stop()
        if once and any(each.name == name and each.outcome is Outcome.PASS for each in self.release.steps):
            return
        started = self.desk.clock.monotonic()
        self._record(Step(name=name, started=self.desk.clock.now()))
        self.desk.report(Event(self.release.service, Kind.BEGIN, name, within=within))
        try:
            detail = action(self)
        except Refused as refusal:
            self._end(refusal.outcome, refusal.reason, started)
            raise
        except OnewayError as error:
            self._end(Outcome.FAIL, error.message, started)
            raise
        self._end(Outcome.PASS, detail, started)

    def become(self, **changes: Any) -> None:
        """Change the record and save it."""
        changed = replace(self.release, **changes)
        self.desk.records.save(changed)
        self.release = changed

    def become_if_possible(self, **changes: Any) -> None:
        """Change the record; a disk that is full must not keep the old release from coming back."""
        self.release = replace(self.release, **changes)
        try:
            self.desk.records.save(self.release)
        except OnewayError as error:
            self.desk.warn(self.release.service, "record", f"the record could not be saved: {error.message}")

    def left(self) -> float:
        """Seconds that the rollout may still take."""
        return self.deadline - self.desk.clock.monotonic()

    def _record(self, step: Step) -> None:
        kept = tuple(each for each in self.release.steps if each.name != step.name)
        self.become(steps=(*kept, step))

    def _end(self, outcome: Outcome, detail: str, started: float) -> None:
        current = self.release.steps[-1]
        seconds = self.desk.clock.monotonic() - started
        self.desk.report(Event(self.release.service, Kind.END, current.name, detail, outcome.value, seconds))
        step = replace(current, outcome=outcome, ended=self.desk.clock.now(), detail=detail)
        if outcome is Outcome.PASS:
            self._record(step)
        else:
            self.become_if_possible(steps=(*self.release.steps[:-1], step))
