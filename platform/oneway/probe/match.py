"""Compare one value of an answer with what is expected of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ..model import Matcher
from ..model.patterns import compile_pattern
from .equality import contains, is_number, same
from .shown import shown, shown_number

_Condition = tuple[str, str, Callable[[Any], bool]]


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


def compare(where: str, actual: Any, wanted: Matcher, nothing: str = "null") -> list[Failure]:
    """What the value at `where` lacks; empty when every condition of the matcher holds. `nothing` is how to say that
    there is no value."""
    if wanted.exists is not None and (actual is not None) != wanted.exists:
        expected = "a value" if wanted.exists else "nothing"
        return [Failure(where, expected, nothing if actual is None else shown(actual, where))]
    return [
        Failure(where, expected, nothing if actual is None else _with_type(kind, where, actual))
        for expected, kind, holds in _conditions(wanted)
        if not holds(actual)
    ]


def compare_header(name: str, values: Sequence[str], wanted: Matcher) -> list[Failure]:
    """As `compare`: one of the header's values must do, or all together as HTTP joins them."""
    where = f"header {name}"
    joined = ", ".join(values)
    candidates = list(dict.fromkeys((*values, joined))) if values else [None]
    found = [compare(where, each, wanted, "nothing") for each in candidates]
    if not all(found):
        return []
    return (
        found[0]
        if len(candidates) == 1
        else [Failure(each.where, each.expected, shown(joined, name)) for each in found[-1]]
    )


def wanted_words(wanted: Matcher) -> str:
    """Every condition of the matcher in words."""
    try:
        said = [expected for expected, _, _ in _conditions(wanted)]
    except Unusable as error:
        said = [str(error)]
    if wanted.exists is not None:
        said.insert(0, "is there" if wanted.exists else "is not there")
    return " and ".join(said)


def _with_type(kind: str, where: str, actual: Any) -> str:
    """The value, with its type where that is what is wrong: a number may look like the text that was expected."""
    came = _type(actual)
    return f"the {came} {shown(actual, where)}" if kind and came != kind else shown(actual, where)


def _conditions(wanted: Matcher) -> list[_Condition]:
    """Each condition in words, the type that it takes for granted, and the question itself."""
    conditions: list[_Condition] = []
    if wanted.equals is not msgspec.UNSET:
        conditions.append((shown(wanted.equals), "", lambda actual: same(actual, wanted.equals)))
    if wanted.matches is not None:
        found_in = _pattern(wanted.matches)
        expected = f"text that matches {wanted.matches}"
        conditions.append((expected, "string", lambda actual: isinstance(actual, str) and found_in(actual)))
    if wanted.above is not None:
        above = wanted.above
        conditions.append(
            (f"a number above {shown_number(above)}", "number", lambda actual: is_number(actual) and actual > above)
        )
    if wanted.below is not None:
        below = wanted.below
        conditions.append(
            (f"a number below {shown_number(below)}", "number", lambda actual: is_number(actual) and actual < below)
        )
    if wanted.contains is not msgspec.UNSET:
        expected = f"something that contains {shown(wanted.contains)}"
        conditions.append((expected, "", lambda actual: contains(actual, wanted.contains)))
    if wanted.length is not None:
        conditions.append((f"length {wanted.length}", "", lambda actual: _length(actual) == wanted.length))
    if wanted.type is not None:
        conditions.append((f"a value of type {wanted.type}", "", lambda actual: _type(actual) == wanted.type))
    return conditions


def _pattern(text: str) -> Callable[[str], bool]:
    try:
        return compile_pattern(text).found_in
    except ValueError as error:
        raise Unusable(str(error)) from None


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str | list | dict) else None


def _type(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")
