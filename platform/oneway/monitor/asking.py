"""Run one check in the loop: absolutely bounded in time, whatever carries it, and never the end of the monitor."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from ..errors import OnewayError
from ..model import Check
from ..probe import (
    Answer,
    CheckResult,
    Failure,
    HttpSend,
    Outgoing,
    ReadFile,
    Send,
    Sessions,
    Verdict,
    ask_check,
    text_of,
)
from .core.look import Health, Look

_TOWARDS: Final = {Verdict.PASS: Health.GOOD, Verdict.FAIL: Health.BAD, Verdict.INCONCLUSIVE: Health.UNKNOWN}
_SIDE_BY_SIDE: Final = 64
_PROBLEM_BYTES: Final = 64 << 10


@dataclass(slots=True)
class Asker:
    """Asks in one loop; `clock` gives the seconds that looks are stamped with."""

    sessions: Sessions
    read_file: ReadFile
    clock: Callable[[], float]
    threads: asyncio.Semaphore

    async def look(
        self,
        service: str,
        check: Check,
        front: Callable[[str | None], Send],
        within: float,
        known: Mapping[str, str],
        redact: Callable[[str], str] = str,
    ) -> tuple[Look, CheckResult]:
        """One look, which ends within so many seconds. What came is told as `redact` lets it be seen."""
        began = self.clock()
        answers: list[Answer] = []

        async def ask(send: Send, outgoing: Outgoing) -> Answer:
            bounded = replace(outgoing, timeout=min(outgoing.timeout, within))
            answer = await self._ask(send, bounded)
            answers.append(answer)
            return answer

        try:
            async with asyncio.timeout(within + 0.5):
                result, _ = await ask_check(check, ask, front(check.request.endpoint), self.read_file, known)
        except TimeoutError:
            result = _failed(check, Verdict.FAIL, f"no answer within {within:g} s")
        except OnewayError as error:
            result = _failed(check, Verdict.FAIL, error.message)
        except Exception as error:
            result = _failed(
                check, Verdict.INCONCLUSIVE, f"the check could not be run: {type(error).__name__}: {error}"
            )
        ended = self.clock()
        if result.failures:
            result = await asyncio.to_thread(_told, result, redact)
        reason = _writable("; ".join(map(str, result.failures)))
        callee = _writable(_blamed(answers[-1])) if answers and result.failures else ""
        health = _TOWARDS[result.verdict]
        seconds, answered = result.seconds, bool(answers)
        return Look(service, check.name, began, ended, health, seconds, reason, callee, answered), result

    async def _ask(self, send: Send, outgoing: Outgoing) -> Answer:
        if isinstance(send, HttpSend):
            return await send.ask(outgoing, self.sessions)
        async with self.threads:
            return await _in_thread(send, outgoing)


def not_believed(check: Check, look: Look, lost: float) -> tuple[Look, CheckResult]:
    """What a look comes to that got no answer in a time of which so many seconds were lost to the monitor itself."""
    reason = f"the monitor itself was held up for {lost:.1f} s"
    return replace(look, health=Health.UNKNOWN, reason=reason), _failed(check, Verdict.INCONCLUSIVE, reason)


def make_asker(read_file: ReadFile, clock: Callable[[], float]) -> Asker:
    """An asker of the running loop."""
    return Asker(Sessions(), read_file, clock, asyncio.Semaphore(_SIDE_BY_SIDE))


def _told(result: CheckResult, redact: Callable[[str], str]) -> CheckResult:
    """The result to be shown. Where secrets cannot be told apart, nothing of the answer is."""
    try:
        return result.told_through(lambda text: _writable(redact(text)))
    except Exception:
        return result.told_through(lambda text: "not shown, since what is secret in it is not known")


def _writable(text: str) -> str:
    """The text as every file and message can hold it: JSON may name halves of characters."""
    return text.encode("utf-8", "replace").decode()


async def _in_thread(send: Send, outgoing: Outgoing) -> Answer:
    """Ask in a thread that can be left behind."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Answer] = loop.create_future()

    def settle(result: Answer | BaseException) -> None:
        if found.done():
            return
        if isinstance(result, Answer):
            found.set_result(result)
        else:
            found.set_exception(result)

    def work() -> None:
        result: Answer | BaseException
        try:
            result = send(outgoing)
        except Exception as error:
            result = error
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=work, daemon=True).start()
    return await found


def _failed(check: Check, verdict: Verdict, reason: str) -> CheckResult:
    return CheckResult(check.name, verdict, 0.0, (Failure("answer", f"status {check.expect.status}", reason),))


def _blamed(answer: Answer) -> str:
    """The callee that a problem document of a failed answer names."""
    if answer.status < 500 or len(answer.body) > _PROBLEM_BYTES:
        return ""
    try:
        problem = json.loads(text_of(answer))
    except (ValueError, RecursionError):
        return ""
    callee = problem.get("callee") if isinstance(problem, dict) else None
    return callee if isinstance(callee, str) else ""
