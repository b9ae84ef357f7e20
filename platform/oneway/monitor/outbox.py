"""Deliver what is to be told: in order for each incident, again and again until it is taken, also after a restart."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .routes import Deliver, Undelivered
from .watch_memory import Letter, Memory

_FIRST_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 300.0
_DOUBLINGS: Final = 10
_RECORD_SECONDS: Final = 1.0
_SIDE_BY_SIDE: Final = 16


@dataclass(slots=True)
class Outbox:
    """The letters that wait. Sent at least once: twice where the monitor is killed between sending and writing it down;
    whoever gets them knows them again by their id."""

    memory: Memory
    routes: Mapping[str, Deliver]
    clock: Callable[[], float]
    waiting: list[Letter] = field(default_factory=list)
    fault: str = ""
    delivered: int = 0
    failed: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _sending: set[tuple[str, str]] = field(default_factory=set)
    _sendings: dict[tuple[str, str], tuple[Letter, float | None]] = field(default_factory=dict)

    def letters(self, alerts: Iterable[Mapping[str, Any]]) -> list[Letter]:
        """One letter for each route."""
        return [
            Letter(each["id"], route, each["incident"], each["sequence"], json.dumps(each, ensure_ascii=False).encode())
            for each in alerts
            for route in self.routes
        ]

    def add(self, letters: Iterable[Letter]) -> None:
        """They are to be delivered; those of routes that are gone are passed over."""
        known = {(each.id, each.route) for each in self.waiting}
        self.waiting += [each for each in letters if each.route in self.routes and (each.id, each.route) not in known]
        self._news.set()

    async def run(self) -> None:
        """Deliver for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                for letter in self._ready():
                    self._sending.add((letter.id, letter.route))
                    group.create_task(self._send(letter))
                try:
                    async with asyncio.timeout(self._pause()):
                        await self._news.wait()
                except TimeoutError:
                    await self.record()

    async def drain(self, seconds: float) -> None:
        """Wait until everything is delivered, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                while self.waiting:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            return

    def _ready(self) -> list[Letter]:
        """The first letter of each incident on each route, where it is due."""
        first: dict[tuple[str, str], Letter] = {}
        for each in sorted(self.waiting, key=lambda letter: letter.sequence):
            first.setdefault((each.route, each.incident), each)
        now = self.clock()
        due = [e for e in first.values() if e.due <= now and (e.id, e.route) not in self._sending]
        return due[: max(0, _SIDE_BY_SIDE - len(self._sending))]

    def _pause(self) -> float:
        coming = [each.due for each in self.waiting if (each.id, each.route) not in self._sending]
        longest = _RECORD_SECONDS if self._sendings else 60.0
        return max(0.05, min([each - self.clock() for each in coming], default=longest))

    async def _send(self, letter: Letter) -> None:
        try:
            await self.routes[letter.route](json.loads(letter.body))
        except Undelivered as error:
            self._postpone(letter, str(error))
        except Exception as error:
            self._postpone(letter, f"{type(error).__name__}: {error}")
        else:
            self.delivered += 1
            self.fault = ""
            self.waiting.remove(letter)
            self._sendings[(letter.id, letter.route)] = (letter, self.clock())
        finally:
            await self.record()
            self._sending.discard((letter.id, letter.route))
            self._news.set()

    def _postpone(self, letter: Letter, reason: str) -> None:
        self.failed += 1
        self.fault = f"{letter.route} does not take alerts: {reason}; it is tried again"
        pause = min(_LONGEST_SECONDS, _FIRST_SECONDS * 2 ** min(letter.tries, _DOUBLINGS))
        self.waiting.remove(letter)
        later = replace(letter, tries=letter.tries + 1, due=self.clock() + pause)
        self.waiting.append(later)
        self._sendings[(letter.id, letter.route)] = (later, None)

    async def record(self) -> None:
        """Write down how sending went; what cannot be written now is written with the next."""
        if self.memory.path is None:
            self._sendings.clear()
        sendings = dict(self._sendings)
        if not sendings:
            return
        if await asyncio.to_thread(self.memory.save_letters, sendings.values()):
            self._sendings = {key: each for key, each in self._sendings.items() if sendings.get(key) != each}
