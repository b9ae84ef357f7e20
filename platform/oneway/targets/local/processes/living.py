"""Whether a replica lives: its `live` path is asked again and again, and each question may be answered late.

A replica that hangs never answers. One that is busy with what its callers want answers late, or says that it is asked
too much, or answers its users meanwhile: what a caller causes must not end it.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from .ask import HOST, NoAnswer, NothingListens, why_not_alive
from .launch import Life

_LAST_ANSWERS = 64 << 10
_ANSWERS = range(200, 499)


class Heard(NamedTuple):
    """What came of a question: what is wrong, nothing where all is well, and whether that was `silence`."""

    reason: str = ""
    silence: bool = False


Ask = Callable[[Life], "Future[Heard]"]


@dataclass(slots=True)
class Question:
    """One question, and whether it has counted as a failure for want of an answer."""

    began: float
    heard: "Future[Heard]"
    counted: bool = False


@dataclass(slots=True)
class Living:
    """What one process was asked, and how often in a row it failed; `reason` is the last, and all were `silence`?"""

    since: float
    answered: bool = False
    failures: int = 0
    silence: bool = True
    reason: str = ""
    due: float = 0.0
    questions: "list[Question]" = field(default_factory=list)

    def take_answers(self, life: Life, now: float) -> None:
        """Count what came, and what did not come in its time."""
        for each in list(self.questions):
            if each.heard.done():
                self.questions.remove(each)
                heard = each.heard.result()
                if not heard.reason:
                    self.answered, self.failures, self.silence = True, 0, True
                elif not each.counted:
                    self._count(heard, life, now)
            elif not each.counted and now - each.began >= life.within:
                each.counted = True
                self._count(Heard(f"{life.path} gives no answer within {life.within:g} s", True), life, now)

    def ask_again(self, life: Life, now: float, ask: Ask) -> None:
        """Ask where it is time; what was asked before is answered by then, or has had its time."""
        if now >= self.due and all(each.counted for each in self.questions):
            self.due = now + life.every
            self.questions.append(Question(now, ask(life)))

    def _count(self, heard: Heard, life: Life, now: float) -> None:
        if self.answered or now - self.since > life.startup:
            self.failures += 1
            self.silence, self.reason = self.silence and heard.silence, heard.reason


def ask_in_thread(life: Life) -> "Future[Heard]":
    """Ask in a thread of its own, which nobody waits for in the end. An answer may take until the replica would be
    ended for want of it."""
    answer: Future[Heard] = Future()
    threading.Thread(target=_answer, args=(answer, life), daemon=True).start()
    return answer


def answers_users(access_log: "str | None", port: int, seconds: float) -> bool:
    """Whether users had an answer from that port in the last so many seconds, by what the front door wrote down."""
    lines: list[bytes] = []
    with suppress(OSError), open(access_log or os.devnull, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_ANSWERS))
        lines = file.read().splitlines()
    return any(_is_answer(line, f"{HOST}:{port}", time.time() - seconds) for line in reversed(lines))


def _answer(answer: "Future[Heard]", life: Life) -> None:
    try:
        answer.set_result(_ask(life))
    except Exception as error:
        answer.set_result(Heard(f"{life.path} cannot be asked: {error}"))


def _ask(life: Life) -> Heard:
    try:
        return Heard(why_not_alive(life.port, life.path, life.within + life.every * life.failures))
    except NothingListens:
        return Heard("nothing listens on its port")
    except NoAnswer as error:
        return Heard(str(error), silence=True)


def _is_answer(line: bytes, upstream: str, since: float) -> bool:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        entry = json.loads(line)
        return entry["upstream"] == upstream and entry["status"] in _ANSWERS and entry["ts"] >= since
    return False
