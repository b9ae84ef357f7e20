"""The loop: each check a task of its own, and beside them who surveys, decides, saves and tells. No fault of a check, a
file or a hook ends it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ..model import Check, Monitoring
from ..probe import CheckResult, deadline_of
from .asking import Asker, make_asker, not_believed
from .attention import Attention
from .board import Board
from .core.look import Change, Health, Key, Look, Standing, observe
from .core.schedule import Pace, first_due, next_due, pace_of
from .deciding import Decider
from .live_survey import Presence
from .outbox import Outbox
from .steady_clock import Clock
from .surveying import Surveyor, World
from .watch_ledger import Ledger

_FRESH_EVERY: Final = 1.0
_LATE_INTERVALS: Final = 3
_ASLEEP_SECONDS: Final = 5.0
_LOST_SECONDS: Final = 1.0
_DOUBTS: Final = 3
_GOALS: Final = ("p99", "p95", "p90", "p50")


@dataclass(slots=True)
class Engine:
    """One monitor at work. `heard` is called with every change of a check's health, `rounds` ends it after so many
    looks of each check."""

    world: World
    board: Board
    ledger: Ledger
    outbox: Outbox
    clock: Clock
    heard: Callable[[Change], None] = lambda change: None
    rounds: int | None = None
    _asker: Asker | None = None
    _attention: Attention | None = None
    _tasks: dict[Key, "asyncio.Task[None]"] = field(default_factory=dict)
    _captured: dict[str, dict[str, str]] = field(default_factory=dict)
    _doubted: Counter[Key] = field(default_factory=Counter)
    _paced: dict[Key, tuple[object, ...]] = field(default_factory=dict)
    _decider: Decider | None = None
    _surveyor: Surveyor | None = None

    @property
    def monitoring(self) -> Monitoring:
        return self.board.system.platform.monitoring

    async def run(self, stopped: asyncio.Event) -> None:
        """Watch until somebody says to stop, or the rounds are over. What is to be told is told before it ends."""
        self._asker = make_asker(self.world.read_file, self.clock.now)
        self._attention = Attention(self.clock.now)
        self._decider = Decider(self.board, self.ledger, self.outbox, self.clock, self.world.roll_back)
        self.board.started = self.board.attended = self.clock.now()
        surveyor = Surveyor(self.world, self.board, self.ledger, self.clock, self._decider.notice_restarts)
        self._surveyor = surveyor
        await self._survey()
        self._decider.finish_rollbacks()
        attention = self._attention
        loops: Mapping[str, Callable[[], Awaitable[None]]] = {
            "telling": self.outbox.run,
            "survey": lambda: self._again(self._survey, surveyor.pause()),
            "deciding": self._decider.run,
            "attention": lambda: attention.run(self._come_back),
            "memory": lambda: self.ledger.run(self.board, self.clock),
        }
        running = [asyncio.create_task(self._unending(name, loop)) for name, loop in loops.items()]
        try:
            await self._until(stopped)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await self._decider.decide()
            await self.outbox.drain(5.0)
            for each in running:
                each.cancel()
            await asyncio.gather(*running, *self._tasks.values(), return_exceptions=True)
            await self.ledger.flush(self.board, self.clock)
            await self._asker.sessions.close()

    def late(self) -> float:
        """How many intervals the check that waits longest is late; over three and the loop itself is not well."""
        now = self.clock.now()
        overdue = [
            (now - due) / self.board.paces[key].every for key, due in self.board.due.items() if key in self.board.paces
        ]
        return max(overdue, default=0.0)

    @property
    def well(self) -> bool:
        """Whether the loop keeps up."""
        return self.late() < _LATE_INTERVALS

    async def _until(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            if self.rounds is not None and all(each.done() for each in self._tasks.values()):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05 if self.rounds is not None else 1.0):
                    await stopped.wait()

    async def _unending(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Begin again whatever ends, and say why."""
        while True:
            try:
                await loop()
            except Exception as error:
                self.board.faults[name] = f"{name} stumbled: {type(error).__name__}: {error}"
            await asyncio.sleep(1.0)

    async def _again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()

    async def _survey(self, since: float | None = None) -> None:
        """Look around, unless somebody did since that moment, and watch what is live by the checks that it has."""
        assert self._surveyor is not None
        if await self._surveyor.look(since):
            self._settle_tasks()

    def _settle_tasks(self) -> None:
        """A task for every check of every live release, and none for what is gone."""
        wanted: dict[Key, Presence] = {}
        checks = {}
        for name, presence in self.board.survey.services.items():
            for check in presence.spec.checks if presence.front is not None else ():
                key = (name, check.name)
                if key not in checks:
                    wanted[key], checks[key] = presence, check
        self._forget_changed(checks)
        self.board.checks = checks
        self.board.renew()
        for key in [key for key in self._tasks if key not in wanted]:
            self._tasks.pop(key).cancel()
            self.board.due.pop(key, None)
            self._paced.pop(key, None)
        for gone in [key for key in self.board.standings if key not in wanted]:
            there = self.board.survey.services.get(gone[0])
            if there is None or there.front is not None or there.stopped:
                self.board.standings.pop(gone)
        for key in wanted:
            self._set_pace(key)
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._watch(key))

    def _come_back(self, lost: float) -> None:
        """After a gap. Where it was a sleep of the machine what was under way is forgotten, and everything due soon."""
        self.board.attended = self.clock.now()
        if lost < _ASLEEP_SECONDS:
            return
        for key, task in list(self._tasks.items()):
            task.cancel()
            self._tasks[key] = asyncio.create_task(self._watch(key))

    def _forget_changed(self, checks: Mapping[Key, Check]) -> None:
        """What an earlier check of the same name saw says nothing of this one; an incident that was told ends by
        good looks alone."""
        told = {each.service for each in self.board.incidents.values() if each.told}
        for key, check in checks.items():
            if self.board.checks.get(key, check) != check and key[0] not in told:
                self.board.standings.pop(key, None)

    def _set_pace(self, key: Key) -> Pace:
        """How the check is watched now: at first more often than later."""
        spec, check = self.board.survey.services[key[0]].spec, self.board.checks[key]
        fresh = _FRESH_EVERY if self._surveyor is not None and self._surveyor.is_fresh(key[0]) else None
        reasons = (self.monitoring, spec, check, fresh)
        known = self._paced.get(key)
        if known is None or any(one is not other for one, other in zip(known, reasons, strict=True)):
            self._paced[key] = reasons
            self.board.paces[key] = pace_of(self.monitoring, spec, check, deadline_of(check), fresh)
            self.board.renew()
        return self.board.paces[key]

    async def _watch(self, key: Key) -> None:
        """Run one check at its interval, never twice at a time."""
        left = self.rounds
        now, among = self.clock.now(), len(self.board.checks)
        due = now if self.rounds == 1 else first_due(key, self.board.paces[key].every, now, among)
        while left is None or left > 0:
            self.board.due[key] = due
            await asyncio.sleep(max(0.0, due - self.clock.now()))
            self.board.lateness.append(self.clock.now() - due)
            self.board.due.pop(key, None)
            pace = self._set_pace(key)
            presence = self.board.survey.services.get(key[0])
            if presence is not None:
                await self._look_safely(key, pace, presence)
            left = None if left is None else left - 1
            due = next_due(key, pace.every, due, self.clock.now())

    async def _look_safely(self, key: Key, pace: Pace, presence: Presence) -> None:
        """One look, whose faults end nothing and are shown."""
        try:
            await self._look(key, pace, presence)
        except Exception as error:
            self.board.faults["looks"] = f"a look at {key[0]} stumbled: {type(error).__name__}: {error}"

    async def _look(self, key: Key, pace: Pace, presence: Presence) -> None:
        """One look, taken where it is about what is live. What a bad answer says may be of a release that came, or of
        a check that went, since the survey before it: that is found out first."""
        if presence.front is None or self._asker is None or self._attention is None:
            return
        check, known = self.board.checks[key], self._captured.setdefault(key[0], {})
        lost = self._attention.lost()
        front, redact = presence.front, presence.redact
        look, result = await self._asker.look(key[0], check, front, pace.within, known, redact)
        lost = self._attention.lost() - lost
        if look.health is Health.BAD and not look.answered and lost > max(_LOST_SECONDS, pace.within / 4):
            self._doubted[key] += 1
            if self._doubted[key] <= _DOUBTS:
                look, result = not_believed(check, look, lost)
        else:
            self._doubted[key] = 0
        if look.health is Health.BAD:
            await self._survey(since=self.clock.now())
        there = self.board.survey.services.get(key[0])
        if self.board.checks.get(key) == check and there is not None and _same_release(presence, there):
            self._take(look, result, presence)

    def _take(self, look: Look, result: CheckResult, presence: Presence) -> None:
        key, pace = look.key, self.board.paces[look.key]
        before = self.board.standings.get(key, Standing(*key))
        goal = next((value for name in _GOALS if (value := getattr(presence.spec.slo.latency, name)) is not None), None)
        after, change = observe(before, look, pace, goal)
        self.board.note(after)
        self.board.results[key] = result
        self.board.looks += 1
        self.board.counts[(look.service, look.check, look.health.value)] += 1
        self.board.took[key] = self.board.took.get(key, 0.0) + look.seconds
        self._captured.setdefault(look.service, {}).update(result.captured)
        self.ledger.take(look)
        if change is not None:
            self.heard(change)
        if self._decider is not None and (
            change is not None or before.leaning is not after.leaning or not after.settled
        ):
            self._decider.wake()


def _same_release(one: Presence, other: Presence) -> bool:
    numbers = [each.release.number if each.release is not None else None for each in (one, other)]
    return numbers[0] == numbers[1]
