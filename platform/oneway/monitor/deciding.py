"""Decide, as soon as looks give reason to: who is the cause, what is told, what is put back."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from .alert import alert
from .board import Board
from .core import windows
from .core.causes import Blame, Condition, Part, blame
from .core.incidents import Incident, Manners, Message, Told, Trouble, acknowledge, advance
from .core.look import Health
from .outbox import Outbox
from .watch_ledger import Ledger
from .watch_memory import Mark

if TYPE_CHECKING:
    from .monitor_loop import Clock

_TICK_SECONDS: Final = 0.5
_SOON_SECONDS: Final = 600.0


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
    clock: "Clock"
    roll_back: Callable[[str], str] | None = None
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
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

    async def decide(self) -> None:
        """One decision over everything that is known now."""
        board, now = self.board, self.clock.now()
        self._note_maintenance()
        conditions = board.conditions()
        board.blames = blame(board.calls.order, board.calls.required, conditions, board.blames, now)
        self.ledger.facts["blames"] = {name: [each.part.value, *sorted(each.by)] for name, each in board.blames.items()}
        self.ledger.decide(board.blames, {name for name, each in conditions.items() if each.leaning})
        monitoring = board.system.platform.monitoring
        manners = Manners(float(monitoring.remind), float(monitoring.escalate))
        await self._hear_acknowledgements()
        step = advance(board.incidents, self._troubles(conditions), now, manners)
        before = board.incidents
        changed = [(key, each) for key, each in step.open.items() if before.get(key) != each]
        closed = [(key, each) for each in step.closed for key in (self._key_of(each),)]
        if changed or closed:
            letters = self.outbox.letters(alert(board, each) for each in step.messages)
            await asyncio.to_thread(self.ledger.memory.save_incidents, changed, closed, letters)
            self.outbox.add(letters)
        board.incidents = dict(step.open)
        for each in step.messages:
            if each.kind is Told.OPENED:
                self._consider_rollback(each)

    def notice_restart(self, service: str, restarts: int) -> None:
        """Tell, once, that a service ended and was started again."""
        now = self.clock.now()
        state = f"was started again after it had ended ({restarts} restarts in all)"
        notice = Incident(
            f"{service}-restart-{int(now * 1000)}", service, state, now, told=True, sequence=1, closed=now
        )
        if any(each.service == service for each in self.board.silences) or service in self.board.maintenance:
            return
        letters = self.outbox.letters([alert(self.board, Message(Told.NOTICE, notice, now))])
        self._begin(asyncio.to_thread(self.ledger.memory.save_incidents, (), ((notice.id, notice),), letters))
        self.outbox.add(letters)

    def _troubles(self, conditions: dict[str, Condition]) -> dict[str, Trouble]:
        found: dict[str, Trouble] = {}
        for name, each in self.board.blames.items():
            presence = self.board.presence(name)
            if each.part is not Part.OWN or presence is None:
                continue
            if presence.release is not None:
                found[name] = self._failing(name, conditions[name])
            elif presence.stopped and f"release {name}" in self.ledger.facts:
                found[name] = self._trouble(name, "was stopped by hand", self.board.incidents.get(name))
        for name, budgets in self.board.budgets.items():
            for kind, one in budgets.items():
                if one.burning is not None:
                    words = "its error budget" if kind == "availability" else "its own error budget"
                    state = f"burns {words} {one.rate:.1f} times as fast as allowed"
                    known = self.board.incidents.get(f"{name} {kind} budget")
                    found[f"{name} {kind} budget"] = self._trouble(name, known.state if known else state, known)
        return found

    def _failing(self, name: str, condition: Condition) -> Trouble:
        standings = [self.board.standings[key] for key in self.board.keys(name) if key in self.board.standings]
        worst = next((each for each in standings if each.health is Health.BAD), None)
        last = worst.last if worst is not None else None
        known = self.board.incidents.get(name)
        trouble = self._trouble(name, "fails", known)
        reason = last.reason if last is not None and last.reason else (known.reason if known else "")
        since = known.opened if known is not None else condition.since
        return replace(trouble, check=worst.check if worst else "", reason=reason, since=since)

    def _trouble(self, name: str, state: str, known: Incident | None) -> Trouble:
        calls, live = self.board.calls, self.board.survey.services
        running = {each for each, presence in live.items() if presence.release is not None}
        since = known.opened if known is not None else self.clock.now()
        blocked = tuple(each for each in calls.blocked.get(name, ()) if each in running)
        degraded = tuple(each for each in calls.degraded(name) if each in running)
        if "budget" in state:
            blocked = degraded = ()
        return Trouble(name, state, since, blocked=blocked, degraded=degraded, held=self._held(name))

    def _held(self, name: str) -> str:
        """Why nobody is told of the service now; empty where somebody is."""
        presence = self.board.presence(name)
        if presence is not None and presence.deploying is not None:
            return "it is being deployed"
        if name in self.board.maintenance:
            return "maintenance"
        return "silenced" if any(each.service in (name, "*") for each in self.board.silences) else ""

    def _note_maintenance(self) -> None:
        general, wall = self.board.system.platform.monitoring.maintenance, self.clock.wall()
        self.board.maintenance = {
            name: open_now.reason
            for name, presence in self.board.survey.services.items()
            for open_now in (windows.current((*presence.spec.monitoring.maintenance, *general), wall),)
            if open_now is not None
        }

    async def _hear_acknowledgements(self) -> None:
        if not self.board.incidents:
            return
        taken = await asyncio.to_thread(self.ledger.memory.acknowledged)
        for key, each in self.board.incidents.items():
            if each.id in taken and not each.acknowledged:
                self.board.incidents[key] = acknowledge(each, taken[each.id])

    def _key_of(self, incident: Incident) -> str:
        return next((key for key, each in self.board.incidents.items() if each.id == incident.id), incident.service)

    def _consider_rollback(self, message: Message) -> None:
        """Where the manifest wants it, what fails soon after its release is put back, once."""
        name = message.incident.service
        presence = self.board.presence(name)
        release = presence.release if presence is not None else None
        if self.roll_back is None or presence is None or release is None or release.previous is None:
            return
        committed = release.committed or 0.0
        recent = self.clock.wall() - committed < _SOON_SECONDS
        done = f"put back {name} {release.number}"
        if (
            presence.spec.monitoring.rollback
            and recent
            and message.incident.state == "fails"
            and done not in self.ledger.facts
        ):
            self.ledger.facts[done] = True
            self._begin(self._put_back(name, release.number))

    async def _put_back(self, name: str, number: int) -> None:
        assert self.roll_back is not None
        said = await asyncio.to_thread(self.roll_back, name)
        now = self.clock.now()
        self.ledger.mark(Mark(now, name, "rollback", said))
        state = f"release {number} was put back by the monitor: {said}"
        notice = Incident(f"{name}-rollback-{number}", name, state, now, told=True, sequence=1, closed=now)
        letters = self.outbox.letters([alert(self.board, Message(Told.NOTICE, notice, now))])
        await asyncio.to_thread(self.ledger.memory.save_incidents, (), ((notice.id, notice),), letters)
        self.outbox.add(letters)

    def _begin(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
