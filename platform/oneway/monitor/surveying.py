"""Look around, again and again, for what is live now: releases, services that came or went, stops, restarts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from ..model import System
from ..probe import ReadFile
from .board import Board, calls_of
from .live_survey import Presence, Survey
from .steady_clock import Clock
from .watch_ledger import Ledger
from .watch_memory import Mark

_FRESH_SECONDS: Final = 120.0
_LONGEST_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class World:
    """What the loop is given: how to survey (in a thread; it may take long), files, and how to put a release back."""

    survey: Callable[[Survey], Survey]
    read_file: ReadFile
    declared: Callable[[], System]
    roll_back: Callable[[str], str] | None = None


@dataclass(slots=True)
class Surveyor:
    """Keeps the board true to what is live. `restarted` is told of every service how often its release was started
    again, so far."""

    world: World
    board: Board
    ledger: Ledger
    clock: Clock
    restarted: Callable[[str, int, int], None]
    _fresh: dict[str, float] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked: float = float("-inf")

    def pause(self) -> float:
        """What happened is known within one interval."""
        paces = [each.every / 2 for each in self.board.paces.values()]
        return max(0.5, min([_LONGEST_SECONDS, self.board.system.platform.monitoring.every / 2, *paces]))

    def is_fresh(self, service: str) -> bool:
        """Whether it was deployed just now."""
        return self.clock.now() < self._fresh.get(service, 0.0)

    async def look(self, since: float | None = None) -> bool:
        """What is live now, or was at some time after `since`: then nothing is done, and False."""
        async with self._one_at_a_time:
            if since is not None and self._looked > since:
                return False
            self._looked = self.clock.now()
            before = self.board.survey
            found = _with_kept_specs(await asyncio.to_thread(self.world.survey, before), before)
            self._take(found, before)
            return True

    def _take(self, found: Survey, before: Survey) -> None:
        board, system = self.board, self.world.declared()
        board.survey = found
        board.surveyed = board.surveyed or not found.fault
        board.skew = self.clock.wall() - self.clock.now()
        board.tell_of("records", found.fault)
        specs, known = ({name: each.spec for name, each in one.services.items()} for one in (found, before))
        if (system, specs) != (board.system, known):
            board.shape += 1
            board.calls = calls_of(system, specs)
        board.system = system
        for name, presence in found.services.items():
            self._note(before.services.get(name), presence)

    def _note(self, before: Presence | None, after: Presence) -> None:
        """Marks for the time line: what was released, stopped, started again."""
        now, known = self.clock.now(), self.ledger.facts.get(f"release {after.service}")
        release = after.release
        if release is not None and known != release.number:
            if known is not None or before is not None:
                self._fresh[after.service] = now + _FRESH_SECONDS
            said = f"{release.number}: {release.version} by {release.author}"
            self.ledger.mark(Mark(now, after.service, "release", said))
            self.ledger.facts[f"release {after.service}"] = release.number
        if release is not None and after.restarts is not None and after.deploying is None:
            self.restarted(after.service, release.number, after.restarts)
        if after.stopped and before is not None and not before.stopped:
            self.ledger.mark(Mark(now, after.service, "stop", "stopped by hand"))


def _with_kept_specs(found: Survey, before: Survey) -> Survey:
    """The survey with the values of before where nothing changed, so that what was worked out from them holds."""
    services = {}
    for name, each in found.services.items():
        known = before.services.get(name)
        same = known is not None and known.spec == each.spec
        services[name] = replace(each, spec=known.spec) if known is not None and same else each
    return replace(found, services=services)
