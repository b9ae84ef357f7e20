"""One check: build the request, send it, and compare the answer with what is expected."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import msgspec

from ..model import Check, Expect, Matcher
from .answer import Answer, NoAnswer, Outgoing, Send
from .match import Failure, Unusable, compare, shown

_DEFAULT_TIMEOUT: Final = 10.0
_PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

ReadFile = Callable[[str], bytes]


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


def run_check(check: Check, send: Send, read_file: ReadFile, known: Mapping[str, str] | None = None) -> CheckResult:
    """Send the check's request once and judge the answer. `known` fills `${name}` placeholders."""
    known = known or {}
    try:
        outgoing = _outgoing(check, read_file, known)
    except Unusable as error:
        return CheckResult(check.name, Verdict.INCONCLUSIVE, 0.0, (Failure("request", "a request", str(error)),), {})
    try:
        answer = send(outgoing)
    except NoAnswer as error:
        expected = f"an answer with status {check.expect.status}"
        return CheckResult(check.name, Verdict.FAIL, 0.0, (Failure("answer", expected, str(error)),), {})
    return _judge(check, answer, known)


def _outgoing(check: Check, read_file: ReadFile, known: Mapping[str, str]) -> Outgoing:
    request = check.request
    headers = {name: _fill(value, known) for name, value in request.headers.items()}
    body: bytes | None = None
    if request.file is not None:
        try:
            body = read_file(request.file)
        except OSError as error:
            raise Unusable(f"{request.file} cannot be read: {error.strerror or error}") from None
    elif request.body is not None:
        body = _fill(request.body, known).encode()
    elif request.json is not msgspec.UNSET:
        body = json.dumps(_fill_all(request.json, known)).encode()
        headers.setdefault("Content-Type", "application/json")
    if request.type is not None:
        headers["Content-Type"] = request.type
    within = check.expect.within
    timeout = _DEFAULT_TIMEOUT if within is None else max(2 * within, within + 1)
    return Outgoing(request.method, _fill(request.path, known), headers, body, float(timeout))


def _fill_all(value: Any, known: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _fill(value, known)
        case list():
            return [_fill_all(each, known) for each in value]
        case dict():
            return {key: _fill_all(each, known) for key, each in value.items()}
    return value


def _fill(text: str, known: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise Unusable(f"${{{match[1]}}} was captured by no check before this one")
        return known[match[1]]

    return _PLACEHOLDER.sub(value, text)


def _judge(check: Check, answer: Answer, known: Mapping[str, str]) -> CheckResult:
    try:
        failures = _failures(check.expect, answer, known)
        captured = {} if failures else _captured(check, answer)
    except Unusable as error:
        wrong = Failure("check", "a check that can be carried out", str(error))
        return CheckResult(check.name, Verdict.INCONCLUSIVE, answer.seconds, (wrong,), {})
    return CheckResult(
        check.name, Verdict.FAIL if failures else Verdict.PASS, answer.seconds, tuple(failures), captured
    )


def _failures(expect: Expect, answer: Answer, known: Mapping[str, str]) -> list[Failure]:
    failures: list[Failure] = []
    if answer.status != expect.status:
        failures.append(Failure("status", str(expect.status), f"{answer.status} {shown(answer.body)}".rstrip()))
    if expect.within is not None and answer.seconds > expect.within:
        failures.append(Failure("time", f"at most {expect.within}", f"{answer.seconds * 1000:.0f}ms"))
    for name, wanted in expect.headers.items():
        failures += compare(f"header {name}", answer.headers.get(name.lower()), _matcher(wanted, known))
    if expect.body and not failures:
        failures += _body_failures(expect, answer, known)
    return failures


def _body_failures(expect: Expect, answer: Answer, known: Mapping[str, str]) -> list[Failure]:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return [Failure("body", "JSON", shown(answer.body) or "nothing")]
    failures: list[Failure] = []
    for path, wanted in expect.body.items():
        failures += compare(path, _field(path, body), _matcher(wanted, known))
    return failures


def _field(path: str, body: Any) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(path, body)
    except JMESPathError as error:
        raise Unusable(f"{path!r} is not a JMESPath that fits this answer: {error}") from None


def _matcher(wanted: Any, known: Mapping[str, str]) -> Matcher:
    if isinstance(wanted, Matcher):
        return wanted
    return Matcher(equals=_fill_all(wanted, known))


def _captured(check: Check, answer: Answer) -> dict[str, str]:
    captured: dict[str, str] = {}
    for name, path in check.capture.items():
        try:
            value = _field(path, json.loads(answer.body))
        except (ValueError, RecursionError):
            raise Unusable(f"{name} cannot be captured: the body is not JSON") from None
        if value is None:
            raise Unusable(f"{name} cannot be captured: {path} is not in the answer")
        captured[name] = value if isinstance(value, str) else json.dumps(value)
    return captured
