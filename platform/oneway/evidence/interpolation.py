"""Variables in compose files, as the compose specification has them: defaults, alternatives, errors, nesting."""

import re
from collections.abc import Callable, Mapping
from typing import Final

MAX_FILLED: Final = 64_000
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR: Final = re.compile(r":?[-+?]")
_MAX_NESTED: Final = 20


class TooLong(ValueError):
    """Text that grows beyond its bound when its variables are filled in."""


def fill(text: str, variables: Mapping[str, str], missing: Callable[[str], None] = lambda name: None) -> str:
    """The text with its variables filled in; `missing` hears of those that are neither set nor have a default.

    TooLong where the result is longer than 64,000 characters: lines that double each other do that.
    """
    return _Filling(text, variables, missing).all()


class _Filling:
    def __init__(self, text: str, variables: Mapping[str, str], missing: Callable[[str], None]) -> None:
        self.text, self.variables, self.missing = text, variables, missing
        self.at = 0

    def all(self) -> str:
        """The whole text, filled."""
        return self._until("", 0)

    def _until(self, end: str, depth: int) -> str:
        """What stands before `end` (or the text's end), filled; `at` is behind it afterwards."""
        parts: list[str] = []
        length = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if end and char == end:
                break
            part = self._dollar(depth) if char == "$" else self._plain(end)
            parts.append(part)
            length += len(part)
            if length > MAX_FILLED:
                raise TooLong("it grows beyond 64,000 characters when its variables are filled in")
        return "".join(parts)

    def _plain(self, end: str) -> str:
        stops = [
            each for each in (self.text.find("$", self.at), self.text.find(end, self.at) if end else -1) if each >= 0
        ]
        start, self.at = self.at, min(stops, default=len(self.text))
        return self.text[start : self.at]

    def _dollar(self, depth: int) -> str:
        self.at += 1
        if self.text.startswith("$", self.at):
            self.at += 1
            return "$"
        if self.text.startswith("{", self.at) and depth < _MAX_NESTED:
            return self._braced(depth)
        name = _NAME.match(self.text, self.at)
        if name is None:
            return "$"
        self.at = name.end()
        return self._value(name[0])

    def _braced(self, depth: int) -> str:
        start = self.at
        name = _NAME.match(self.text, start + 1)
        if name is None:
            return "$"
        self.at = name.end()
        operator = _OPERATOR.match(self.text, self.at)
        if operator:
            self.at = operator.end()
        other = self._until("}", depth + 1) if operator else ""
        if not self.text.startswith("}", self.at):
            self.at = start
            return "$"
        self.at += 1
        return self._chosen(name[0], operator[0] if operator else "", other)

    def _chosen(self, name: str, operator: str, other: str) -> str:
        value = self.variables.get(name)
        there = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return other if there else ""
        if operator.endswith("-"):
            return value if there and value is not None else other
        if operator.endswith("?") and not there:
            self.missing(name)
            return ""
        return self._value(name)

    def _value(self, name: str) -> str:
        if name not in self.variables:
            self.missing(name)
        return self.variables.get(name, "")
