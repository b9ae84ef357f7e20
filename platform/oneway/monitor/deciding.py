"""Decide, as soon as looks give reason to: who is the cause, what is told, what is put back."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from .alert import alert
from .board import Board
from .core import windows
from .core.causes import Blame, Part, blame
from .core.incidents import Incident, Manners, Message, Told, Trouble, acknowledge, advance
from .outbox import Outbox
from .steady_clock import Clock
from .troubles import held, troubles
from .watch_ledger import Ledger
from .watch_memory import Letter, Mark

_TICK_SECONDS: Final = 0.5
_REST_SECONDS: Final = 0.1
_SOON_SECONDS: Final = 600.0
_NO_FACTS: Final[Mapping[str, Any]] = MappingProxyType({})
_PUT_BACK: Final = "put back "
_BEGUN: Final = "begun"


def remembered_blames(facts: Mapping[str, Any]) -> dict[str, Blame]:
    """What the monitor before this one had decided: who was blocked then is given the time to recover now."""
    known: Mapping[str, list[str]] = facts.get("blames", {})
    return {name: Blame(Part(part), frozenset(by)) for name, (part, *by) in known.items()}


@dataclass(slots=True)
class Decider:
    """Looks into the board whenever something turned, and twice a second while anything is open."""

    board: Board
    ledger: Ledger
    outbox: Outbox
    clock: Clock
    roll_back: Callable[[str], str] | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _unsaved: dict[str, tuple[str, Incident]] = field(default_factory=dict)
    _unsaved_letters: list[Letter] = field(default_factory=list)
    _noticed: dict[str, tuple[int, int]] = field(default_factory=dict)
    _work: set["asyncio.Task[Any]"] = field(default_factory=set)

    def wake(self) -> None:
        """Something turned."""
        self._woken.set()

    async def run(self) -> None:
        """Decide for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            await self.decide()
            await asyncio.sleep(_REST_SECONDS)

    async def decide(self) -> None:
        """One decision over everything that is known now."""
        async with self._one_at_a_time:
            await self._hear_acknowledgements()
            board, now = self.board, self.clock.now()
            self._note_maintenance()
            board.tell_of("alerts", self.outbox.fault)
            conditions = board.conditions()
            order, required = board.calls.order, board.calls.required
            board.blames = blame(order, required, conditions, board.blames, now, board.attended)
            self.ledger.facts["blames"] = {
                name: [each.part.value, *sorted(each.by)] for name, each in board.blames.items()
            }
            self.ledger.decide(board, now, {name for name in conditions if held(board, name)})
            await self._advance(troubles(board, self.ledger, now), now)

    async def _advance(self, troubles: Mapping[str, Trouble], now: float) -> None:
        monitoring = self.board.system.platform.monitoring
        manners = Manners(float(monitoring.remind), float(monitoring.escalate))
        before = self.board.incidents
        step = advance(before, troubles, now, manners)
        keys = {each.id: key for key, each in before.items()}
        changed = [(key, each) for key, each in step.open.items() if before.get(key) != each]
        closed = [(keys[each.id], each) for each in step.closed]
        if changed or closed or (self._unsaved and not self.ledger.memory.fault):
            await self._tell([*changed, *closed], step.messages)
        self.board.incidents = dict(step.open)
        for each in step.messages:
            if each.kind is Told.OPENED:
                self._consider_rollback(each)

    async def _tell(
        self, rows: Iterable[tuple[str, Incident]], messages: Iterable[Message], facts: Mapping[str, Any] = _NO_FACTS
    ) -> None:
        """Write down what happened beside what is to be told of it, then tell it. Where it cannot be written it is told
        all the same, and written later."""
        letters = self.outbox.letters(alert(self.board, each) for each in messages)
        self._unsaved.update((each.id, (key, each)) for key, each in rows)
        self._unsaved_letters += letters
        if self.ledger.memory.fault:
            self.outbox.add(letters)
        async with self.ledger.writing:
            await self._write(facts)
        self.ledger.facts.update(facts)
        self.outbox.add(letters)

    async def _write(self, facts: Mapping[str, Any]) -> None:
        """In one transaction with the states that led to it: who begins again must find them agree."""
        rows, letters, memory = list(self._unsaved.values()), list(self._unsaved_letters), self.ledger.memory
        standings, known = self.ledger.unsaved(self.board), {**self.ledger.facts, **facts}
        saved = await asyncio.to_thread(memory.save_incidents, rows, (), letters, standings, known)
        if saved:
            self.ledger.note_saved(standings)
        if saved or memory.path is None:
            for _, each in rows:
                if self._unsaved[each.id][1] is each:
                    self._unsaved.pop(each.id)
            del self._unsaved_letters[: len(letters)]

    def notice_restarts(self, service: str, release: int, restarts: int) -> None:
        """Tell, once, that a service ended and was started again, also where that was while nobody watched."""
        fact, counted = f"restarts {service}", [release, restarts]
        before = self._noticed.get(service) or tuple(self.ledger.facts.get(fact, ()))
        self._noticed[service] = (release, restarts)
        quiet = any(each.service in (service, "*") for each in self.board.silences) or service in self.board.maintenance
        if before[:1] != (release,) or restarts <= before[1] or quiet:
            self.ledger.facts[fact] = counted
            return
        state = f"was started again after it had ended ({restarts} in all)"
        self.ledger.mark(Mark(self.clock.now(), service, "restart", f"started again, {restarts} times in all"))
        self._begin(
            self._notice(f"{service}-restart-{release}-{restarts}", service, state, {fact: [release, restarts]})
        )

    async def _notice(self, incident: str, service: str, state: str, facts: Mapping[str, Any]) -> None:
        """Tell of something that is over with that."""
        now = self.clock.now()
        notice = Incident(incident, service, state, now, told=True, sequence=1, closed=now)
        await self._tell([(notice.id, notice)], [Message(Told.NOTICE, notice, now)], facts)

    def _note_maintenance(self) -> None:
        general, wall = self.board.system.platform.monitoring.maintenance, self.clock.wall()
        self.board.maintenance = {
            name: open_now.reason
            for name, presence in self.board.survey.services.items()
            for open_now in (windows.current((*presence.spec.monitoring.maintenance, *general), wall),)
            if open_now is not None
        }

    async def _hear_acknowledgements(self) -> None:
        if not self.board.incidents or self.ledger.memory.fault:
            return
        taken = await asyncio.to_thread(self.ledger.memory.acknowledged)
        for key, each in self.board.incidents.items():
            if each.id in taken and not each.acknowledged:
                self.board.incidents[key] = acknowledge(each, taken[each.id])

    def _consider_rollback(self, message: Message) -> None:
        """Where the manifest wants it, what fails soon after its release is put back, once."""
        name = message.incident.service
        presence = self.board.presence(name)
        release = presence.release if presence is not None else None
        if self.roll_back is None or presence is None or release is None or release.previous is None:
            return
        recent = self.clock.wall() - (release.committed or 0.0) < _SOON_SECONDS
        wanted = presence.spec.monitoring.rollback and recent and message.incident.state == "fails"
        if wanted and _put_back(name, release.number) not in self.ledger.facts:
            self.ledger.facts[_put_back(name, release.number)] = _BEGUN
            self._begin(self._put_back(name, release.number))

    async def _put_back(self, name: str, number: int) -> None:
        """That it was begun is written down first, so that it is never done twice."""
        assert self.roll_back is not None
        await self._tell((), (), {_put_back(name, number): _BEGUN})
        said = await asyncio.to_thread(self.roll_back, name)
        self.ledger.mark(Mark(self.clock.now(), name, "rollback", said))
        state = f"release {number} was put back by the monitor: {said}"
        await self._notice(f"{name}-rollback-{number}", name, state, {_put_back(name, number): said})

    def finish_rollbacks(self) -> None:
        """Tell of those that the monitor before this one had begun when it ended."""
        for fact, said in list(self.ledger.facts.items()):
            if said == _BEGUN and fact.startswith(_PUT_BACK):
                name, number = fact.removeprefix(_PUT_BACK).rsplit(" ", 1)
                words = f"`platform history {name}` tells how that went"
                state = f"the monitor ended while it put release {number} back; {words}"
                self._begin(self._notice(f"{name}-rollback-{number}", name, state, {fact: words}))

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


def _put_back(name: str, number: int) -> str:
    return f"{_PUT_BACK}{name} {number}"
