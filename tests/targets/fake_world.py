"""What outlives a killed tool on the fake target: records, locks, replicas, shares of traffic, and time."""

from dataclasses import dataclass, field

from oneway.targets.base import Condition, Holder, Release

Key = tuple[str, int, str | None]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the processes of a content behave. `*_from` are shares of traffic from which users see it."""

    starts: bool = True
    ready_after: float | None = 0.3
    dies_after: float | None = None
    check: int = 200
    check_seconds: float = 0.01
    breaks_callers: bool = False
    dies_from: int = 101
    dies_after_full: float | None = None
    errors_from: int = 101
    fails_alone_at_front: bool = False
    port_taken: bool = False
    ready_at: str = ""
    before: str = "passed"
    before_seconds: float = 0.5


@dataclass(slots=True)
class Process:
    started: float
    restarts: int = 0
    dead: str = ""


@dataclass(slots=True)
class World:
    """Everything that outlives the tool."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    time: float = 1_000.0
    records: dict[str, dict[int, Release]] = field(default_factory=dict)
    holders: dict[str, tuple[int, Holder]] = field(default_factory=dict)
    processes: dict[Key, dict[int, Process]] = field(default_factory=dict)
    shares: dict[str, dict[int, int]] = field(default_factory=dict)
    full_since: dict[str, float] = field(default_factory=dict)
    unmet: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    built: set[str] = field(default_factory=set)
    runs: dict[tuple[str, str, str], float] = field(default_factory=dict)
    ran: list[tuple[str, str]] = field(default_factory=list)

    def behaviour(self, release: Release) -> Behaviour:
        return self.behaviours.get(release.content, Behaviour())

    def condition(self, key: Key, process: Process, release: Release) -> tuple[Condition, str]:
        behaviour = self.behaviour(release)
        age = self.time - process.started
        if process.dead:
            return Condition.FAILED, process.dead
        if not behaviour.starts:
            return Condition.FAILED, "exited with status 3"
        if behaviour.dies_after is not None and age >= behaviour.dies_after:
            return Condition.FAILED, "exited with status 9"
        if self.shares.get(key[0], {}).get(key[1], 0) >= behaviour.dies_from and key[2] is None:
            return Condition.FAILED, "exited with status 7"
        full = key[2] is None and self.shares.get(key[0], {}).get(key[1]) == 100
        baked = self.time - self.full_since.get(key[0], self.time)
        if full and behaviour.dies_after_full is not None and baked >= behaviour.dies_after_full:
            return Condition.FAILED, "exited with status 8"
        if behaviour.ready_after is None or age < behaviour.ready_after:
            return Condition.UNREADY, "/readyz answers 503"
        return Condition.READY, ""

    def release(self, key: Key) -> Release:
        return self.records[key[0]][key[1]]


class FakeClock:
    """Time that passes only when somebody sleeps. `jump` is what the wall clock is wrong by."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.jump = 0.0

    def now(self) -> float:
        return self._world.time + self.jump

    def monotonic(self) -> float:
        return self._world.time

    def sleep(self, seconds: float) -> None:
        self._world.time += seconds
