"""One rollout's record, saved before and after each step."""

from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from ..errors import OnewayError, one_line
from ..targets.base import Outcome, Release, Step
from .context import Context
from .events import Event, EventKind

_GOOD: Final = frozenset({Outcome.PASS, Outcome.SKIPPED})


@dataclass(slots=True)
class Journal:
    """The record as it was saved last. It only records, and reports what it records."""

    context: Context
    release: Release

    def passed(self, name: str) -> bool:
        """Whether the step has passed before, or had nothing to judge."""
        return any(each.name == name and each.outcome in _GOOD for each in self.release.steps)

    def begin(self, name: str, within: float | None = None) -> None:
        """The step is under way, and may take so many seconds."""
        kept = tuple(each for each in self.release.steps if each.name != name)
        self.become(steps=(*kept, Step(name=name, started=self.context.clock.now())))
        self.context.report(Event(self.release.service, EventKind.BEGIN, name, within=within))

    def end(self, outcome: Outcome, detail: str, seconds: float) -> None:
        """The step that was begun last is over. Only of one that passed must the record be saved."""
        current, detail = self.release.steps[-1], one_line(detail)
        self.context.report(Event(self.release.service, EventKind.END, current.name, detail, outcome.value, seconds))
        step = replace(current, outcome=outcome, ended=self.context.clock.now(), detail=detail)
        save = self.become if outcome in _GOOD else self.become_if_possible
        save(steps=(*self.release.steps[:-1], step))

    def become(self, **changes: Any) -> None:
        """Change the record and save it."""
        changed = replace(self.release, **changes)
        self.context.records.save(changed)
        self.release = changed

    def become_if_possible(self, **changes: Any) -> None:
        """Change the record; a disk that is full must not keep the old release from coming back."""
        self.release = replace(self.release, **changes)
        try:
            self.context.records.save(self.release)
        except OnewayError as error:
            self.context.warn(self.release.service, "record", f"the record could not be saved: {error.message}")
