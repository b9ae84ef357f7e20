"""A service in virtual time: workers, service times, and a machine, offered the windows that a search asks for."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from random import Random
from typing import TypeVar

from oneway.sweep.arrivals import due_times
from oneway.sweep.goal import Goal
from oneway.sweep.holding import is_hopeless
from oneway.sweep.narrowing import Step
from oneway.sweep.window import Reply, Strain, Window

T = TypeVar("T")
Service = Callable[[Random, int], float]
"""The seconds that one request takes a worker, when so many others are under way."""
_SETTLE = 0.2


def fixed(seconds: float) -> Service:
    return lambda lots, others: seconds


def exponential(seconds: float) -> Service:
    return lambda lots, others: lots.expovariate(1 / seconds)


def slowing(seconds: float, share: float) -> Service:
    """Each request that is under way makes the next one slower by that share."""
    return lambda lots, others: seconds * (1 + share * others)


@dataclass(slots=True)
class Queue:
    """First come, first served. Beyond `most` waiting requests it refuses; `strain` tells what the machine looked like
    at a rate; windows are cut short as a sender would do it."""

    workers: int
    service: Service
    goal: Goal = field(default_factory=Goal)
    most: float = float("inf")
    strain: Callable[[float], Strain] = lambda rate: Strain()
    lots: Random = field(default_factory=lambda: Random(11))
    spent: float = 0.0
    steps: list[Step] = field(default_factory=list)

    def answer(self, search: Generator[Step, Window, T]) -> T:
        """Offer what the search asks for, and give what it found."""
        try:
            step = next(search)
            while True:
                self.steps.append(step)
                window = self.offer(step)
                self.spent += window.took
                step = search.send(window)
        except StopIteration as end:
            found: T = end.value
            return found

    def offer(self, step: Step) -> Window:
        if not step.rate:
            return self._one_by_one(step)
        whole = self._whole(step)
        for look in (2, 4, 6, 8, 10):
            now = look / 12 * step.seconds
            done = tuple(each for each in whole.replies if each.due + each.seconds <= now)
            waiting = [now - each.due for each in whole.replies if each.due <= now < each.due + each.seconds]
            if is_hopeless(Window(step.rate, step.seconds, done, 0.0), waiting, self.goal):
                return self._cut(whole, now)
        return whole

    def _one_by_one(self, step: Step) -> Window:
        replies, now = list[Reply](), 0.0
        while now < step.seconds and len(replies) < 300:
            replies.append(Reply(now, self.service(self.lots, 0)))
            now += replies[-1].seconds
        return Window(0.0, now, tuple(replies), now, self.strain(0.0))

    def _whole(self, step: Step) -> Window:
        head, free, ends, replies = _SETTLE * step.seconds, [0.0] * self.workers, list[float](), list[Reply]()
        heapify(free)
        for due in due_times(step.rate, head + step.seconds, self.lots):
            while ends and ends[0] <= due:
                heappop(ends)
            if len(ends) - self.workers >= self.most:
                end, fault = due + 0.001, "503"
            else:
                end, fault = max(heappop(free), due) + self.service(self.lots, len(ends)), ""
                heappush(free, end)
                heappush(ends, end)
            if due >= head:
                replies.append(Reply(due - head, end - due, fault))
        last = max(each.due + each.seconds for each in replies)
        return Window(step.rate, step.seconds, tuple(replies), head + max(step.seconds, last), self.strain(step.rate))

    def _cut(self, whole: Window, now: float) -> Window:
        replies = tuple(each for each in whole.replies if each.due <= now)
        took = _SETTLE * whole.seconds + max(each.due + each.seconds for each in replies)
        return Window(whole.rate, now, replies, took, whole.strain, cut=True)
