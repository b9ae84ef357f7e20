"""What a rollout works with: the target, a clock, files, and somebody who listens."""

from collections.abc import Callable
from dataclasses import dataclass

from ..model import Check, Request, Service
from ..probe import CheckResult
from ..targets.base import Clock, Records, Target
from .events import Event, EventKind, Report


class Interrupted(Exception):
    """Somebody asked this rollout to stop: Ctrl-C, or SIGTERM."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What git says of the files: the commit, whether they differ from it, and who made it; nothing without git."""

    commit: str = ""
    dirty: bool | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a rollout needs from outside. `stopped` says whether somebody asked it to stop, `origin` where the
    files come from, and `measure_seconds` about how long a replica is measured where `rollout.load` asks."""

    target: Target
    clock: Clock
    report: Report
    read_file: Callable[[str], bytes]
    who: str
    stopped: Callable[[], bool] = lambda: False
    origin: Origin = Origin()
    measure_seconds: float = 30.0

    @property
    def records(self) -> Records:
        return self.target.records

    def pause(self, seconds: float) -> None:
        """Sleep, in naps short enough to hear a stop. Raises Interrupted."""
        until = self.clock.monotonic() + seconds
        while True:
            self.check_stop()
            left = until - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.sleep(min(left, 0.25))

    def check_stop(self) -> None:
        """Raises Interrupted when somebody asked to stop."""
        if self.stopped():
            raise Interrupted

    def tell(self, service: str, step: str, text: str) -> None:
        """News inside a step."""
        self.report(Event(service, EventKind.NEWS, step, text))

    def warn(self, service: str, step: str, text: str) -> None:
        """Something that does not stop the rollout, and that somebody should know."""
        self.report(Event(service, EventKind.WARNING, step, text))


def checks_of(spec: Service) -> tuple[Check, ...]:
    """The service's smoke suite; without one, that its ready path answers; without that, nothing."""
    if spec.own_checks:
        return spec.own_checks
    path = spec.health.ready or spec.health.startup.path
    endpoint = spec.endpoint(spec.health.endpoint)
    if path is None or endpoint is None or endpoint.protocol != "http":
        return ()
    return (Check(name="says that it is ready", request=Request(path=path, endpoint=endpoint.name)),)


def describe_failures(result: CheckResult) -> tuple[str, ...]:
    """A failed check in lines: its name, then each expectation that was not met."""
    return tuple(f"{result.name}: {failure}" for failure in result.failures) or (f"{result.name}: {result.verdict}",)
