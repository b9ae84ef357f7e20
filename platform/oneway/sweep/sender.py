"""Send at a rate whatever the answers do, and take each request's time from the moment at which it was due.

Nothing waits for an answer before the next request goes out, and one that goes out late is late in its time: what a
slow service would keep a closed loop from asking is asked, and counted.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from msgspec.structs import replace

from ..model import Check, Service, quantity_value
from ..probe import HttpSend, NoAnswer, Outgoing, Sessions, Verdict, judge
from .arrivals import due_times, take_turns
from .goal import Goal
from .holding import is_hopeless
from .machine import allow_connections, busy_seconds, count_cores
from .narrowing import Step
from .window import Reply, Strain, Used, Window, percentile

_SETTLE: Final = 0.2
"""The share of a window's time before it in which queues find their length."""
_LOOKS: Final = 12
_MOST_CONNECTIONS: Final = 4096
_OTHER_FILES: Final = 128
_MOST_ALONE: Final = 2000
_ALONE_AGAIN: Final = 3.0
_ALMOST_NOTHING: Final = 0.02


Mark = tuple[float, float, float | None, Used | None]
"""The time, the processor time of this program and of all of the machine, and what the replicas have used."""


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of request: what is sent, which way, how its answer is judged, and how much of it among the others."""

    check: Check
    outgoing: Outgoing
    way: HttpSend
    weight: float = 1.0


@dataclass(slots=True)
class Sender:
    """Sends the questions in turns. `used` tells what the replicas have used, None where that cannot be seen; `wanted`
    is how many cores they may use, `here` whether they are on this machine, and `changed` says what became of them."""

    questions: Sequence[Question]
    goal: Goal
    used: Callable[[], Used | None] = lambda: None
    wanted: float = float("inf")
    here: bool = True
    changed: Callable[[], str] = lambda: ""
    _lots: Random = field(default_factory=lambda: Random(1))
    _sessions: Sessions = field(default_factory=Sessions)
    _alone: float = 0.0
    _most: int = field(default_factory=lambda: allow_connections(_MOST_CONNECTIONS) - _OTHER_FILES)

    async def close(self) -> None:
        """Give the connections up."""
        await self._sessions.close()

    async def offer(self, step: Step) -> Window:
        """What comes of the step."""
        window = await (self._offer_rate(step) if step.rate else self._one_by_one(step))
        return dataclasses.replace(window, changed=self.changed())

    async def _offer_rate(self, step: Step) -> Window:
        began = time.monotonic()
        run = _Run(self, step)
        await run.send_all()
        await self._recover(step.seconds)
        return run.window(time.monotonic() - began)

    async def _one_by_one(self, step: Step) -> Window:
        """The first request of each kind opens connections and wakes caches: it counts for nothing."""
        for question in self.questions:
            await self.ask(question)
        replies: list[Reply] = []
        before, began = self.mark(), time.monotonic()
        for at in take_turns([each.weight for each in self.questions]):
            due = time.monotonic() - began
            if replies and (due >= step.seconds or len(replies) >= _MOST_ALONE):
                break
            fault = await self.ask(self.questions[at])
            replies.append(Reply(due, time.monotonic() - began - due, fault))
        took = time.monotonic() - began
        settled = tuple(replies[len(replies) // 2 :])
        self._alone = percentile([each.seconds for each in settled], 50) or 0.0
        return Window(0.0, took, settled, took, self.strain(before, self.mark(), []))

    def mark(self) -> Mark:
        """What has been used until now."""
        return time.monotonic(), time.process_time(), busy_seconds(), self.used()

    def strain(self, before: Mark, after: Mark, late: Sequence[float]) -> Strain:
        """What was used between the two; how late requests were is unknown where none had its time."""
        cores = float(count_cores())
        (began, own, busy, used), (ended, own_after, busy_after, used_after) = before, after
        span = max(ended - began, 1e-3)
        return Strain(
            cores=cores,
            wanted=min(self.wanted, cores),
            busy=None if busy is None or busy_after is None else (busy_after - busy) / span,
            replica=None if used is None or used_after is None else (used_after.processor - used.processor) / span,
            sender=(own_after - own) / span,
            usually_late=float("inf") if not late else percentile(late, 50) or 0.0,
            late=percentile(late, 99) or 0.0,
            memory=None if used_after is None else used_after.memory,
            here=self.here,
        )

    async def ask(self, question: Question) -> str:
        """Send it once; what is wrong with the answer, in words."""
        try:
            answer = await question.way.ask(question.outgoing, self._sessions, may_come_twice=True)
        except NoAnswer as error:
            return f"{question.check.name}: {error}"
        result = judge(question.check, answer, {})
        return "" if result.verdict is Verdict.PASS else f"{question.check.name}: {result.failures[0]}"

    async def _recover(self, seconds: float) -> None:
        """Wait until what is left of the window's requests no longer slows down the service, nor has it refuse: as long
        as an answer may take, and for a good one as long as the window was."""
        patience = self.questions[0].outgoing.timeout
        start = time.monotonic()
        while (began := time.monotonic()) < start + patience:
            fault = await self.ask(max(self.questions, key=lambda each: each.weight))
            if time.monotonic() - began <= _ALONE_AGAIN * self._alone + _ALMOST_NOTHING:
                if not fault or began >= start + seconds:
                    return
                await asyncio.sleep(_ALMOST_NOTHING)


def patient(check: Check) -> Check:
    """The check without its own time: how long an answer may take is the goal's to say."""
    return replace(check, expect=replace(check.expect, within=None))


def sum_used(used: Callable[[], Sequence[Used]], replicas: int) -> Callable[[], Used | None]:
    """Tells what so many replicas have used together; None where that cannot be seen."""

    def summed() -> Used | None:
        found = used()[:replicas]
        return Used(sum(each.processor for each in found), sum(each.memory for each in found)) if found else None

    return summed


def cores_of(spec: Service, replicas: int) -> float:
    """How many cores so many replicas may use."""
    limit = spec.resources.limits.cpu
    return float("inf") if limit is None else quantity_value(limit) * replicas


class _Run:
    """One window while it lasts."""

    def __init__(self, sender: Sender, step: Step) -> None:
        self._sender, self._step = sender, step
        self._head = _SETTLE * step.seconds
        self._replies: list[Reply] = []
        self._late: list[float] = []
        self._under_way: dict[asyncio.Task[None], float] = {}
        self._start = self._end = time.monotonic()
        self._marks: list[Mark] = []
        self._cut = self._overrun = False

    async def send_all(self) -> None:
        """Send what is due when it is due, until the end or until all is lost; then wait for the last answers."""
        turns = take_turns([each.weight for each in self._sender.questions])
        look_every = self._step.seconds / _LOOKS
        next_look = self._head + look_every
        self._start = time.monotonic()
        for due in due_times(self._step.rate, self._head + self._step.seconds, self._sender._lots):
            if (ahead := self._start + due - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            if due >= self._head and not self._marks:
                self._marks.append(self._sender.mark())
            if due >= next_look:
                await asyncio.sleep(0)
                next_look = due + look_every
                if self._is_lost():
                    self._cut = True
                    break
            self._send(self._sender.questions[next(turns)], self._start + due)
            if self._overrun:
                break
        self._end = time.monotonic()
        self._marks.append(self._sender.mark())
        if self._under_way:
            await asyncio.wait(self._under_way)

    def window(self, took: float) -> Window:
        """What came of it."""
        seconds = min(self._step.seconds, self._end - self._start - self._head) if self._cut else self._step.seconds
        replies = tuple(sorted(self._replies, key=lambda each: each.due))
        late = [float("inf")] if self._overrun else self._late
        strain = self._sender.strain(self._marks[0], self._marks[-1], late)
        return Window(self._step.rate, max(seconds, 1e-3), replies, took, strain, self._cut)

    def _send(self, question: Question, due: float) -> None:
        if len(self._under_way) >= self._sender._most:
            self._overrun = self._cut = True
            return
        task = asyncio.create_task(self._one(question, due))
        self._under_way[task] = due
        task.add_done_callback(self._under_way.pop)

    async def _one(self, question: Question, due: float) -> None:
        late = time.monotonic() - due
        fault = await self._sender.ask(question)
        since = due - self._start - self._head
        if since >= 0:
            self._late.append(late)
            self._replies.append(Reply(since, time.monotonic() - due, fault))

    def _is_lost(self) -> bool:
        now = time.monotonic()
        waiting = [now - due for due in self._under_way.values() if due >= self._start + self._head]
        so_far = Window(self._step.rate, self._step.seconds, tuple(self._replies), 0.0)
        return is_hopeless(so_far, waiting, self._sender.goal)
