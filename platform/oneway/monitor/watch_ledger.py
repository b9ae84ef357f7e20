"""From the loop into the memory, in batches: looks, their sums, states; and back what others wrote there."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .board import Board
from .core.attribution import Fault, attribute
from .core.budget import PERIOD, SPEEDS, Budget, Tally, budget
from .core.look import Health, Look, Standing
from .steady_clock import Clock
from .watch_memory import Mark, Memory, Sum, span_of

_FLUSH_SECONDS: Final = 1.0
_BUDGET_SECONDS: Final = 60.0
_HELD_LOOKS: Final = 2000
WINDOWS: Final = tuple(sorted({PERIOD, *(each.long for each in SPEEDS), *(each.short for each in SPEEDS)}))


@dataclass(slots=True)
class Ledger:
    """Collects, and saves once a second. A bad look is counted when it is decided whose fault it was."""

    memory: Memory
    facts: dict[str, Any] = field(default_factory=dict)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looks: list[Look] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)
    _sums: dict[tuple[str, str, int], Sum] = field(default_factory=dict)
    _undecided: dict[str, list[Look]] = field(default_factory=dict)
    _last_bad: dict[str, float] = field(default_factory=dict)
    _saved: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """One more look."""
        self._looks.append(look)
        if look.health is Health.BAD:
            held = self._undecided.setdefault(look.service, [])
            held.append(look)
            self._last_bad[look.service] = look.ended
            if len(held) > _HELD_LOOKS:
                self._count(held.pop(0), Fault.OWN)
        elif look.health is Health.GOOD:
            self._count(look)

    def mark(self, mark: Mark) -> None:
        """Something for the time line."""
        self._marks.append(mark)

    def decide(self, board: Board, now: float, expected: Collection[str] = ()) -> None:
        """Count the bad looks of every service for which it is known now whose fault they were; of what is `expected`,
        as in maintenance, nobody is to be told."""
        conditions = board.conditions()
        for service, held in list(self._undecided.items()):
            needed = board.calls.required.get(service, ())
            fault = attribute(held, board.blames.get(service), conditions, needed, self._last_bad, now)
            if fault is Fault.OWN and service in expected:
                fault = Fault.TOLD
            if fault is not None:
                for look in self._undecided.pop(service):
                    self._count(look, fault)

    def is_undecided(self, service: str) -> bool:
        """Whether it is not known yet whose fault something bad was that was seen there."""
        return service in self._undecided

    async def run(self, board: Board, clock: Clock) -> None:
        """Save, and read what others wrote, for ever."""
        budgets_due = 0.0
        while True:
            await self.flush(board, clock)
            if clock.now() >= budgets_due:
                budgets_due = clock.now() + _BUDGET_SECONDS
                await asyncio.to_thread(self.memory.roll_up, clock.now(), board.system.platform.monitoring.keep_days)
                tallies = await asyncio.to_thread(self.memory.tallies, clock.now(), WINDOWS)
                board.budgets = budgets_of(board, tallies)
            await asyncio.sleep(_FLUSH_SECONDS)

    async def flush(self, board: Board, clock: Clock) -> None:
        """Write everything that is new."""
        async with self.writing:
            looks, self._looks = self._looks, []
            marks, self._marks = self._marks, []
            sums, self._sums = self._sums, {}
            standings = self.unsaved(board)
            saved = await asyncio.to_thread(self.memory.save_looks, looks, sums, standings, marks, dict(self.facts))
            if saved:
                self.note_saved(standings)
            else:
                self._put_back(sums, marks)
        board.silences = await asyncio.to_thread(self.memory.silences)
        board.tell_of("memory", self.memory.fault)

    def save_sums(self) -> None:
        """What was counted, alone and at once."""
        sums, self._sums = self._sums, {}
        if not self.memory.save_looks((), sums, (), (), {}):
            self._put_back(sums, [])

    def unsaved(self, board: Board) -> list[Standing]:
        """The standings that changed since they were written."""
        return [each for key, each in board.standings.items() if self._saved.get(key) is not each]

    def note_saved(self, standings: Iterable[Standing]) -> None:
        """They are written."""
        self._saved.update({(each.service, each.check): each for each in standings})

    def _put_back(self, sums: Mapping[tuple[str, str, int], Sum], marks: list[Mark]) -> None:
        """What could not be written is tried again; of very much only the newest."""
        self._marks = [*marks, *self._marks][-_HELD_LOOKS:]
        for key, each in list(sums.items())[-_HELD_LOOKS:]:
            _add(self._sums.setdefault(key, Sum()), each)

    def _count(self, look: Look, fault: Fault | None = None) -> None:
        start = int(look.ended // 60) * 60
        callees, told = int(fault is Fault.CALLEE), int(fault is Fault.TOLD)
        one = Sum(1, int(fault is not None), callees, look.seconds, look.seconds, told)
        _add(self._sums.setdefault((look.service, look.check, start), Sum()), one)


def _add(total: Sum, one: Sum) -> None:
    total.looks += one.looks
    total.bad += one.bad
    total.callees += one.callees
    total.seconds += one.seconds
    total.slowest = max(total.slowest, one.slowest)
    total.told += one.told


def budgets_of(board: Board, tallies: Mapping[str, Mapping[float, Tally]]) -> dict[str, dict[str, Budget]]:
    """The budgets of all services."""
    return {name: _budgets(board, name, tallies.get(name, {})) for name in board.survey.services}


def _budgets(board: Board, name: str, tallies: Mapping[float, Tally]) -> dict[str, Budget]:
    """The budget of its availability, and of its own without what callees caused, where they are declared."""
    presence = board.presence(name)
    found: dict[str, Budget] = {}
    if presence is None:
        return found
    every = max((board.paces[key].every for key in board.keys(name) if key in board.paces), default=0.0)

    def tally(window: float) -> Tally:
        """Where looks are rare each stands for its whole interval."""
        one = tallies.get(window, Tally())
        span = span_of(window)
        return replace(one, covered=one.covered / span * max(span, every))

    slo = presence.spec.slo
    if slo.availability is not None:
        found["availability"] = budget(slo.availability, tally)
    if slo.intrinsic is not None:
        found["intrinsic"] = budget(slo.intrinsic, lambda window: tally(window).own)
    return found
