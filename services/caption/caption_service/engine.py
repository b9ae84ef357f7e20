"""Describes pictures on a few threads, with a short bounded queue before them.

A picture that is alone is described by all cores together; as soon as there are more, each gets one core, as that
serves more of them. Whoever cannot be served soon is told so at once.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from caption_service.captioner import Captioner, Description, ModelFolder
from caption_service.pictures import open_picture

Result = TypeVar("Result")

# How many times the pixels that the model looks at a picture is decoded with; with fewer it would look softer than in
# training.
SHARP = 2
DEADLINE = "deadline too near"
# By so much the threads that describe stand back before whatever else wants the same cores: all who answer, refuse or
# hand on need them for a moment only, and would wait for the end of a picture.
NICER = 3


class Busy(Exception):
    """The queue is full, or its end would be reached too late."""

    def __init__(self, reason: str, again_after: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again_after = again_after


class CallerGone(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """A picture's bytes and how it is to be described."""

    body: bytes
    beams: int
    max_words: int


class Lanes:
    """At most `count` pieces of work at the same time and `waiting` more in line. Belongs to one event loop."""

    def __init__(self, count: int, waiting: int) -> None:
        self.count, self.waiting = count, waiting
        self.busy = 0
        self.line: deque[asyncio.Future[None]] = deque()
        self._seconds = 0.0

    async def enter(self, remaining: float) -> None:
        """Returns when it is this caller's turn. Raises Busy at once when that cannot be within `remaining` seconds."""
        if self.busy < self.count and not self.line:
            self.busy += 1
            return
        if len(self.line) >= self.waiting:
            raise Busy("queue full", self.expected_wait(len(self.line)))
        expected = self.expected_wait(len(self.line) + 1) + self._seconds
        if expected > remaining:
            raise Busy(DEADLINE, expected)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._give_back(turn)
            raise

    def leave(self, seconds: float) -> None:
        """The work that took `seconds` is over; the next in line has its turn."""
        self._seconds = seconds if self._seconds == 0 else 0.9 * self._seconds + 0.1 * seconds
        self._pass_on()

    def expected_wait(self, place: int) -> float:
        return place * self._seconds / self.count

    def _pass_on(self) -> None:
        while self.line:
            turn = self.line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.busy -= 1

    def _give_back(self, turn: asyncio.Future[None]) -> None:
        if turn in self.line:
            self.line.remove(turn)
        elif turn.done() and not turn.cancelled():
            self._pass_on()


class Engine:
    """The loaded model on its lanes. Open it before use: it is ready when `open` has returned."""

    def __init__(self, folder: ModelFolder, lanes: int, waiting: int) -> None:
        self.folder = folder
        self.lanes = Lanes(lanes, waiting)
        self._narrow: list[Captioner] = []
        self._wide: Captioner | None = None
        self._threads: ThreadPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(self.lanes.count, "captioner", initializer=_stand_back)
        await self._in_thread(self._load)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True)
            self._threads = None

    @property
    def is_open(self) -> bool:
        return self._threads is not None and bool(self._narrow or self._wide)

    async def describe(
        self, job: Job, remaining: float, is_wanted: Callable[[], Awaitable[bool]]
    ) -> tuple[Description, float]:
        """The description and the milliseconds that it waited. Raises Busy, CallerGone and PictureRefused.

        When the caller is cancelled while the picture is being described, the lane is free again only when that has
        ended.
        """
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        await self.lanes.enter(remaining)
        began = loop.time()
        try:
            wanted = await is_wanted()
        except BaseException:
            self.lanes.leave(0.0)
            raise
        if not wanted:
            self.lanes.leave(loop.time() - began)
            raise CallerGone
        work = asyncio.ensure_future(self._in_thread(functools.partial(self._describe, job, self.lanes.busy == 1)))
        work.add_done_callback(lambda done: self._finished(done, loop.time() - began))
        return await asyncio.shield(work), 1000 * (began - arrived)

    def _finished(self, work: asyncio.Future[Description], seconds: float) -> None:
        self.lanes.leave(seconds)
        if not work.cancelled():
            work.exception()

    def _load(self) -> None:
        self._narrow = [Captioner(self.folder, 1) for _ in range(self.lanes.count)]
        for captioner in self._narrow:
            captioner.warm_up()
        if self.lanes.count > 1:
            self._wide = Captioner(self.folder, self.lanes.count)
            self._wide.warm_up()

    def _describe(self, job: Job, alone: bool) -> Description:
        """Runs in a thread; taking from and returning to the captioners is atomic."""
        began = time.perf_counter()
        picture = open_picture(job.body, SHARP * self.folder.framing.resize)
        opened = round(1000 * (time.perf_counter() - began), 3)
        wide, self._wide = (self._wide, None) if alone else (None, self._wide)
        captioner = wide or self._narrow.pop()
        try:
            description = captioner.describe(picture, job.beams, job.max_words)
        finally:
            if wide is not None:
                self._wide = wide
            else:
                self._narrow.append(captioner)
        return replace(description, timings_ms={"open": opened, **description.timings_ms})

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        if self._threads is None:
            raise RuntimeError("the engine is not open; use it in `async with`")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _stand_back() -> None:
    """What this thread starts, as the model's own threads, stands back with it. Elsewhere threads have no priority."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICER)
