"""One release on its way to its users, and why it may not go on."""

from dataclasses import dataclass, field

from ..errors import one_line
from ..targets.base import Outcome, Release
from .context import Context
from .journal import Journal
from .traffic_so_far import Traffic


class NotPassed(Exception):
    """A step did not pass: the gate says no, or cannot say yes. `checks` tell expected and actual."""

    def __init__(self, reason: str, outcome: Outcome = Outcome.FAIL, checks: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = one_line(reason)
        self.outcome = outcome
        self.checks = checks


class Skipped(str):
    """What a step says that had nothing to judge: no pass, and no reason to stop."""


@dataclass(slots=True)
class Rollout:
    """A release on its way, and the old one that it is judged against.

    `silent_since` is when the old one stopped, where it had to stop first; `failing_before` names those whose checks
    failed before the new one was there. `deadline` is the `monotonic` time at which it must be over. `resumed` says
    that it carries on what was cut off.
    """

    journal: Journal
    old: Release | None
    deadline: float = field(default=float("inf"))
    traffic: Traffic = field(default_factory=Traffic)
    silent_since: float | None = None
    failing_before: frozenset[str] = frozenset()
    resumed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.resumed = bool(self.journal.release.steps)

    @property
    def context(self) -> Context:
        return self.journal.context

    @property
    def release(self) -> Release:
        return self.journal.release

    @property
    def runs_alone(self) -> bool:
        """Whether the two may not run side by side."""
        return self.release.spec.runs_alone or (self.old is not None and self.old.spec.runs_alone)

    @property
    def beside(self) -> Release | None:
        """The old release, where it runs beside the new one and can be compared with it."""
        return None if self.runs_alone else self.old

    def left(self) -> float:
        """Seconds that the rollout may still take."""
        return self.deadline - self.context.clock.monotonic()

    def attend(self) -> None:
        """Heard while anything is waited for. Raises Interrupted when somebody asked to stop, and NotPassed when the
        rollout's time is over."""
        self.context.check_stop()
        if self.left() <= 0:
            within = self.release.spec.rollout.within
            raise NotPassed(f"its rollout is not over within {within}", Outcome.INCONCLUSIVE)
