"""Compare one value of an answer with what is expected of it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..model import Matcher

_MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met: where in the answer, what was expected, what came."""

    where: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, got {self.actual}"


class Unusable(Exception):
    """The check cannot be carried out as written."""


def compare(where: str, actual: Any, wanted: Matcher) -> list[Failure]:
    """What the value at `where` lacks; empty when every condition of the matcher holds."""
    if wanted.exists is not None and (actual is not None) != wanted.exists:
        return [Failure(where, "a value" if wanted.exists else "nothing", shown(actual))]
    return [
        Failure(where, expected, _told(expected, actual))
        for expected, holds in _conditions(wanted)
        if not holds(actual)
    ]


def shown(value: Any) -> str:
    """A value in one printable line of bounded length."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
    text = "".join(each if each.isprintable() else " " for each in text).strip()
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _told(expected: str, actual: Any) -> str:
    """The value, with its type where that is what is wrong: a number may look like the text that was expected."""
    wanted = "string" if expected.startswith("text ") else "number" if expected.startswith("a number ") else ""
    kind = _type(actual)
    return f"the {kind} {shown(actual)}" if wanted and kind != wanted and actual is not None else shown(actual)


def _conditions(wanted: Matcher) -> list[tuple[str, Callable[[Any], bool]]]:
    conditions: list[tuple[str, Callable[[Any], bool]]] = []
    if wanted.equals is not msgspec.UNSET:
        conditions.append((shown(wanted.equals), lambda actual: _same(actual, wanted.equals)))
    if wanted.matches is not None:
        pattern = _pattern(wanted.matches)
        conditions.append(
            (
                f"text that matches {wanted.matches}",
                lambda actual: isinstance(actual, str) and bool(pattern.search(actual)),
            )
        )
    if wanted.above is not None:
        above = wanted.above
        conditions.append((f"a number above {above:g}", lambda actual: _is_number(actual) and actual > above))
    if wanted.below is not None:
        below = wanted.below
        conditions.append((f"a number below {below:g}", lambda actual: _is_number(actual) and actual < below))
    if wanted.contains is not msgspec.UNSET:
        conditions.append(
            (f"something that contains {shown(wanted.contains)}", lambda actual: _holds(actual, wanted.contains))
        )
    if wanted.length is not None:
        conditions.append(
            (
                f"length {wanted.length}",
                lambda actual: isinstance(actual, str | list | dict) and len(actual) == wanted.length,
            )
        )
    if wanted.type is not None:
        conditions.append((f"a value of type {wanted.type}", lambda actual: _type(actual) == wanted.type))
    return conditions


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise Unusable(f"{text!r} is not a regular expression: {error}") from None


def _same(actual: Any, wanted: Any) -> bool:
    return (type(actual) is type(wanted) and actual == wanted) or (
        _is_number(actual) and _is_number(wanted) and actual == wanted
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _holds(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, str):
        return isinstance(wanted, str) and wanted in actual
    return isinstance(actual, list | dict) and wanted in actual


def _type(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")
