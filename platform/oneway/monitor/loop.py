"""The loop: find what should answer, ask it, tell what changed, wait, again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Protocol

from ..model import Judge, Monitoring, Service
from ..probe import Answer, CheckResult, Failure, NoAnswer, Outgoing, ReadFile, Send, SuiteResult, Verdict, run_suite
from .state import Change, Health, Standing, observe

_WORKERS: Final = 8
_ONCE: Final = Judge(passes=1, of=1)

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Watched:
    """A service to ask, and the way to its endpoints; `absent` says why there is none."""

    service: Service
    sender: Callable[[str | None], Send] | None
    absent: str = ""


class Clock(Protocol):
    """Wall-clock seconds, and waiting; `wait` returns False when the loop is to end."""

    def now(self) -> float: ...

    def wait(self, seconds: float) -> bool: ...


@dataclass(slots=True)
class Board:
    """What is known of every check at present; replaced as a whole, so that readers in other threads see one round."""

    standings: Mapping[Key, Standing] = field(default_factory=dict)
    rounds: int = 0
    last_round: float = 0.0


def watch(
    discover: Callable[[], Sequence[Watched]],
    monitoring: Monitoring,
    read_file: ReadFile,
    clock: Clock,
    tell: Callable[[Change], None],
    board: Board,
) -> None:
    """Run a round every `monitoring.every` until the clock says to end. `discover` is asked before each round,
    so that releases made in the meantime are watched."""
    while True:
        started = clock.now()
        for change in run_round(discover(), board, monitoring, read_file, clock.now):
            tell(change)
        if not clock.wait(max(0.0, started + monitoring.every - clock.now())):
            return


def run_round(
    watched: Sequence[Watched], board: Board, monitoring: Monitoring, read_file: ReadFile, now: Callable[[], float]
) -> list[Change]:
    """Ask every service once, side by side; the outcome goes on the board, the changes come back sorted."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        suites = list(pool.map(lambda each: _ask(each, read_file), watched))
    time = now()
    standings: dict[Key, Standing] = {}
    changes: list[Change] = []
    for result_of, suite in zip(watched, suites, strict=True):
        for key, result in _named(result_of.service, suite.results):
            standing = board.standings.get(key, Standing(*key))
            standings[key], change = observe(standing, result, time, monitoring)
            changes += [change] if change else []
    board.standings, board.rounds, board.last_round = dict(sorted(standings.items())), board.rounds + 1, time
    return sorted(changes, key=lambda each: (each.service, each.check))


def overall(board: Board) -> Health:
    """Bad when any check is, unknown when any is or none is known, else good."""
    healths = {standing.health for standing in board.standings.values()} or {Health.UNKNOWN}
    return next(each for each in (Health.BAD, Health.UNKNOWN, Health.GOOD) if each in healths)


def _ask(watched: Watched, read_file: ReadFile) -> SuiteResult:
    sender = watched.sender or _nobody(watched.absent)
    return run_suite(watched.service.smoke, sender, read_file, _ONCE, lambda seconds: None)


def _nobody(reason: str) -> Callable[[str | None], Send]:
    def send(outgoing: Outgoing) -> Answer:
        raise NoAnswer(reason or "the service is not running")

    return lambda endpoint: send


def _named(service: Service, results: Iterable[CheckResult]) -> list[tuple[Key, CheckResult]]:
    found = [((service.name, each.name), each) for each in results]
    if not found:
        missing = Failure("smoke", "at least one check", "none in the manifest")
        found = [((service.name, "smoke"), CheckResult("smoke", Verdict.INCONCLUSIVE, 0.0, (missing,)))]
    return found
