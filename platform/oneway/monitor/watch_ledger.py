"""From the loop into the memory, in batches: looks, their sums, states; and back what others wrote there."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from .board import Board
from .core.budget import PERIOD, SPEEDS, Budget, Tally, budget
from .core.causes import Blame, Part
from .core.look import Health, Look, Standing
from .watch_memory import Mark, Memory, Sum

if TYPE_CHECKING:
    from .monitor_loop import Clock

_FLUSH_SECONDS: Final = 1.0
_BUDGET_SECONDS: Final = 60.0
_HELD_LOOKS: Final = 2000
_WINDOWS: Final = tuple(sorted({PERIOD, *(each.long for each in SPEEDS), *(each.short for each in SPEEDS)}))


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
    _saved: dict[tuple[str, str], Standing] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """One more look."""
        self._looks.append(look)
        if look.health is Health.BAD:
            held = self._undecided.setdefault(look.service, [])
            held.append(look)
            if len(held) > _HELD_LOOKS:
                self._count(held.pop(0), callees=False)
        elif look.health is Health.GOOD:
            self._count(look, callees=False)

    def mark(self, mark: Mark) -> None:
        """Something for the time line."""
        self._marks.append(mark)

    def decide(self, blames: Mapping[str, Blame], leaning: set[str]) -> None:
        """Count the bad looks of every service for which it is known now whose fault they were."""
        for service in list(self._undecided):
            found = blames.get(service)
            if found is None and service in leaning:
                continue
            if found is not None and found.part is Part.WAITING:
                continue
            callees = found is not None and found.part is Part.BLOCKED
            for look in self._undecided.pop(service):
                self._count(look, callees)

    async def run(self, board: Board, clock: "Clock") -> None:
        """Save, and read what others wrote, for ever."""
        budgets_due = 0.0
        while True:
            await self.flush(board, clock)
            if clock.now() >= budgets_due:
                budgets_due = clock.now() + _BUDGET_SECONDS
                await asyncio.to_thread(self.memory.roll_up, clock.now(), board.system.platform.monitoring.keep_days)
                tallies = await asyncio.to_thread(self.memory.tallies, clock.now(), _WINDOWS)
                board.budgets = {name: _budgets(board, name, tallies.get(name, {})) for name in board.survey.services}
            await asyncio.sleep(_FLUSH_SECONDS)

    async def flush(self, board: Board, clock: "Clock") -> None:
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

    def _count(self, look: Look, callees: bool) -> None:
        start = int(look.ended // 60) * 60
        bad = int(look.health is Health.BAD)
        one = Sum(1, bad, int(callees and bool(bad)), look.seconds, look.seconds)
        _add(self._sums.setdefault((look.service, look.check, start), Sum()), one)


def _add(total: Sum, one: Sum) -> None:
    total.looks += one.looks
    total.bad += one.bad
    total.callees += one.callees
    total.seconds += one.seconds
    total.slowest = max(total.slowest, one.slowest)


def _budgets(board: Board, name: str, tallies: Mapping[float, Tally]) -> dict[str, Budget]:
    """The budget of its availability, and of its own without what callees caused, where they are declared."""
    presence = board.presence(name)
    found: dict[str, Budget] = {}
    if presence is None:
        return found
    slo = presence.spec.slo
    if slo.availability is not None:
        found["availability"] = budget(slo.availability, lambda window: tallies.get(window, Tally()))
    if slo.intrinsic is not None:
        found["intrinsic"] = budget(slo.intrinsic, lambda window: tallies.get(window, Tally()).own)
    return found
