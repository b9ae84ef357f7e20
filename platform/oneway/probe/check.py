"""One check: build the request, send it, and compare the answer with what is expected."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..model import Check, Matcher
from .answer import Answer, NoAnswer, Outgoing, Send
from .certificate import certificate_failures
from .match import Failure, Unusable, compare, compare_header
from .outgoing import ReadFile, fill_all, outgoing_of, secrets_in
from .reading import text_of
from .shown import shown_text
from .trip import Trip, begin


class Verdict(StrEnum):
    """Pass, fail, or inconclusive: the check itself could not be carried out. Inconclusive is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check ended, after how many tries; `captured` holds what later checks may use."""

    name: str
    verdict: Verdict
    seconds: float
    failures: tuple[Failure, ...] = ()
    captured: Mapping[str, str] = field(default_factory=dict)
    tries: int = 1

    def told_through(self, redact: Callable[[str], str]) -> "CheckResult":
        """The same, with all that came in the answer as `redact` lets it be seen."""
        failures = tuple(replace(each, actual=redact(each.actual)) for each in self.failures)
        return replace(self, failures=failures)


def run_check(check: Check, send: Send, read_file: ReadFile, known: Mapping[str, str] | None = None) -> CheckResult:
    """Send the check's request once and judge the answer. `known` fills `${name}` placeholders."""
    try:
        trip = begin(check, send, outgoing_of(check, read_file, known or {}))
    except Unusable as error:
        return _not_carried_out(check, "request", "a request", error)
    try:
        while not trip.ended:
            trip = trip.heard(trip.send(trip.outgoing))
    except NoAnswer as error:
        return _without_secrets(check, unanswered(check, str(error)))
    return _finished(check, trip, known or {})


async def ask_check(
    check: Check,
    ask: Callable[[Send, Outgoing], Awaitable[Answer]],
    send: Send,
    read_file: ReadFile,
    known: Mapping[str, str] | None = None,
) -> tuple[CheckResult, Answer | None]:
    """As `run_check`, for a program with a loop, which asks what is sent by `ask`; with the answer, if one came."""
    try:
        trip = begin(check, send, outgoing_of(check, read_file, known or {}))
    except Unusable as error:
        return _not_carried_out(check, "request", "a request", error), None
    try:
        while not trip.ended:
            trip = trip.heard(await ask(trip.send, trip.outgoing))
    except NoAnswer as error:
        return _without_secrets(check, unanswered(check, str(error))), None
    return _finished(check, trip, known or {}), trip.answer


def _finished(check: Check, trip: Trip, known: Mapping[str, str]) -> CheckResult:
    assert trip.answer is not None
    result = judge(check, trip.answer, known)
    return _without_secrets(check, replace(result, captured={**trip.cookies, **result.captured}))


def _without_secrets(check: Check, result: CheckResult) -> CheckResult:
    """The same, without what the request took from the environment: a service may answer with what it was sent."""
    secrets = secrets_in(check)

    def hidden(text: str) -> str:
        for each in secrets:
            text = text.replace(each, "***")
        return text

    return result.told_through(hidden) if secrets else result


def unanswered(check: Check, reason: str) -> CheckResult:
    """The result when nothing came."""
    expected = f"an answer with status {check.expect.status}"
    return CheckResult(check.name, Verdict.FAIL, 0.0, (Failure("answer", expected, reason),))


def judge(check: Check, answer: Answer, known: Mapping[str, str]) -> CheckResult:
    """Compare the answer with what the check expects."""
    try:
        failures = _failures(check, answer, known)
        captured, missing = ({}, []) if failures else _captured(check, answer)
    except Unusable as error:
        return _not_carried_out(check, "check", "a check that can be carried out", error, answer.seconds)
    failures = failures or missing
    verdict = Verdict.FAIL if failures else Verdict.PASS
    return CheckResult(check.name, verdict, answer.seconds, tuple(failures), captured)


def _not_carried_out(check: Check, where: str, expected: str, error: Unusable, seconds: float = 0.0) -> CheckResult:
    return CheckResult(check.name, Verdict.INCONCLUSIVE, seconds, (Failure(where, expected, str(error)),))


def _failures(check: Check, answer: Answer, known: Mapping[str, str]) -> list[Failure]:
    expect, failures = check.expect, list[Failure]()
    if answer.status != expect.status:
        came = f"{answer.status} {shown_text(text_of(answer))}".rstrip()
        failures.append(Failure("status", str(expect.status), came))
    if expect.within is not None and answer.seconds > expect.within:
        failures.append(Failure("time", f"at most {expect.within}", f"{answer.seconds * 1000:.0f}ms"))
    if expect.certificate_days is not None:
        failures += certificate_failures(expect.certificate_days, answer.certificate_ends, time.time())
    for name, wanted in expect.headers.items():
        failures += compare_header(name, answer.headers.get(name.lower(), ()), _matcher(wanted, known))
    if expect.body and answer.status == expect.status:
        failures += _body_failures(check, answer, known)
    return failures


def _body_failures(check: Check, answer: Answer, known: Mapping[str, str]) -> list[Failure]:
    """What the body lacks. Where a field is missing, the first failure shows what came instead."""
    body, unreadable = _json(answer)
    if unreadable:
        return [Failure("body", "JSON", unreadable)]
    failures: list[Failure] = []
    came = f"nothing; the body is {shown_text(json.dumps(body, ensure_ascii=False))}"
    for path, wanted in check.expect.body.items():
        found = _compare_field(path, body, _matcher(wanted, known), came)
        failures += found
        came = "nothing" if any(each.actual == came for each in failures) else came
    return failures


def _compare_field(path: str, body: Any, wanted: Matcher, nothing: str) -> list[Failure]:
    try:
        return compare(path, _field(path, body), wanted, nothing)
    except _Misfit:
        failures = compare(path, None, wanted, nothing)
        wants_nothing = wanted.exists is False
        return failures if failures or wants_nothing else [Failure(path, "a value that it can be asked of", nothing)]


def _json(answer: Answer) -> tuple[Any, str]:
    """The body as JSON, or what came instead."""
    text = text_of(answer)
    try:
        return json.loads(text, parse_constant=_no_json), ""
    except (ValueError, RecursionError):
        coding = ", ".join(answer.headers.get("content-encoding", ()))
        packed = f" (packed as {coding})" if coding else ""
        return None, (shown_text(text) or "nothing") + packed


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


class _Misfit(Exception):
    """The expression cannot be asked of this body."""


def _field(path: str, body: Any) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError, JMESPathTypeError

    try:
        return jmespath.search(path, body)
    except JMESPathTypeError:
        raise _Misfit from None
    except JMESPathError as error:
        reason = " ".join(str(error).split())
        raise Unusable(f"{path!r} is not a JMESPath: {reason}") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise _Misfit from None


def _matcher(wanted: Any, known: Mapping[str, str]) -> Matcher:
    if isinstance(wanted, Matcher):
        return wanted
    return Matcher(equals=fill_all(wanted, known))


def _captured(check: Check, answer: Answer) -> tuple[dict[str, str], list[Failure]]:
    """The values to capture, or what is missing for it."""
    if not check.capture:
        return {}, []
    body, unreadable = _json(answer)
    if unreadable:
        return {}, [Failure("body", "JSON to capture from", unreadable)]
    captured: dict[str, str] = {}
    for name, path in check.capture.items():
        try:
            value = _field(path, body)
        except _Misfit:
            value = None
        if value is None:
            came = f"nothing; the body is {shown_text(json.dumps(body, ensure_ascii=False))}"
            return {}, [Failure(path, f"a value to capture as {name}", came)]
        captured[name] = value if isinstance(value, str) else json.dumps(value)
    return captured, []
