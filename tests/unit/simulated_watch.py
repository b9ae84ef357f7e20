"""The simulated system watched with the monitor's own board, ledger, memory and budgets, on a clock of its own."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from simulated_monitor import Simulation
from watched_services import OWNERS, release, service

from oneway.model import Check, Platform, Request, Slo, System
from oneway.monitor.board import Board, Calls
from oneway.monitor.core.causes import Need, blame
from oneway.monitor.core.incidents import Manners, advance
from oneway.monitor.core.schedule import Pace
from oneway.monitor.live_survey import Presence, Survey
from oneway.monitor.troubles import troubles
from oneway.monitor.watch_ledger import WINDOWS, Ledger, budgets_of
from oneway.monitor.watch_memory import Memory

_CHECK = Check(name="works", request=Request(path="/"))
_MINUTE, _HOUR = 60, 3600


@dataclass
class Watch(Simulation):
    """Looks are counted in `file`, as `objective` judges them; `old` is a month of good looks before the first."""

    file: Path | None = None
    objective: float = 99.9
    old: bool = False
    _counted: float = field(default=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.file is not None
        self.memory = Memory(self.file)
        self.ledger = Ledger(self.memory)
        slo = Slo(availability=self.objective, intrinsic=self.objective)
        specs = {name: service(name, checks=(_CHECK,), slo=slo) for name in self.names}
        survey = Survey({name: Presence(name, spec, release(spec)) for name, spec in specs.items()})
        system = System(Platform(api_version="oneway/v1", name="p", owners=OWNERS), specs, {}, "")
        needs = {name: tuple(Need(each, True) for each in self.required[name]) for name in self.names}
        calls = Calls(tuple(self.order), needs, self.closure, {})
        self.board = Board(system, survey, calls, attended=0.0)
        self.board.checks = {(name, "works"): _CHECK for name in self.names}
        self.board.paces = {(name, "works"): pace for name, pace in self.paces.items()}
        if self.old:
            self._remember_a_good_month()

    def pace_all(self, pace: Pace) -> None:
        """Every check at this pace."""
        self.paces = dict.fromkeys(self.names, pace)
        self.board.paces = dict.fromkeys(self.board.checks, pace)

    def _decide(self, now: float) -> None:
        """As the monitor: causes, whose fault what was seen is, every other minute the budgets, and what is told."""
        board = self.board
        for name, standing in self.standings.items():
            if board.standings.get((name, "works")) is not standing and standing.last is not None:
                board.note(standing)
                self.ledger.take(standing.last)
        conditions = board.conditions()
        board.blames = blame(board.calls.order, board.calls.required, conditions, board.blames, now, board.attended)
        self.ledger.decide(board, now)
        if now >= self._counted + 2 * _MINUTE:
            self._counted = now
            self.ledger.save_sums()
            self.memory.roll_up(now, 90)
            board.budgets = budgets_of(board, self.memory.tallies(now, WINDOWS))
        step = advance(board.incidents, troubles(board, self.ledger, now), now, Manners(remind=1e9, escalate=1e9))
        board.incidents = dict(step.open)
        self.messages += step.messages

    def _remember_a_good_month(self) -> None:
        self.memory.load()
        rows = [
            (span, -step * span, name, "works", looks, 0, 0, 0.0, 0.0, 0)
            for span, count, looks in ((_MINUTE, 24 * 60, 2), (_HOUR, 30 * 24, 120))
            for step in range(1, count)
            for name in self.names
        ]
        assert self.file is not None
        with closing(sqlite3.connect(self.file)) as connection:
            connection.executemany("INSERT OR REPLACE INTO sums VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
            connection.commit()
