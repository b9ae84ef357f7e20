"""Where in a text something stands that was refused: a second look with PyYAML's events, which carry positions.

Events come one by one, so that depth costs no stack. Every function takes text that another parser has accepted or
refused for exactly this reason. PyYAML reads YAML 1.1, and may not be able to follow.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    mapping: bool
    anchor: str | None
    keys: dict[str, int] = field(default_factory=dict)
    awaits_key: bool = True


def duplicate_key(text: str) -> tuple[int, int, int] | None:
    """Line and column of the first key that its mapping has already, and the line of the first one."""
    with suppress(yaml.YAMLError):
        for event, stack in _events(text):
            if _is_key(event, stack):
                line = event.start_mark.line + 1
                if event.value in stack[-1].keys:
                    return line, event.start_mark.column + 1, stack[-1].keys[event.value]
                stack[-1].keys[event.value] = line
    return None


def forbidden_property(text: str) -> tuple[int, int, str] | None:
    """The first explicit tag, or alias inside what it names, with its line and column.

    Where PyYAML cannot follow, that is the answer: what only one parser reads may hide either.
    """
    try:
        for event, stack in _events(text):
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            tag = getattr(event, "tag", None)
            if tag is not None:
                return line, column, f"an explicit tag, {tag}"
            if isinstance(event, yaml.AliasEvent) and any(each.anchor == event.anchor for each in stack):
                return line, column, f"*{event.anchor} stands inside what it names"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return (mark.line + 1, mark.column + 1, "YAML that parsers read differently") if mark else None
    except yaml.YAMLError:
        return 1, 1, "YAML that parsers read differently"
    return None


def odd_key(text: str, deepest: int) -> tuple[int, int, str | None] | None:
    """The first key that is not a word, with its text; or, with None, the first place deeper than allowed."""
    with suppress(yaml.YAMLError):
        for event, stack in _events(text):
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if len(stack) > deepest:
                return line, column, None
            if stack and stack[-1].mapping and stack[-1].awaits_key:
                if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                    return line, column, "of several values"
                if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and not _is_word(event.value):
                    return line, column, event.value
    return None


def _events(text: str) -> Iterator[tuple[Any, list[_Open]]]:
    """Every event with the collections that are open when it comes. YAMLError where PyYAML cannot follow."""
    stack: list[_Open] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
            _turn(stack)
            continue
        yield event, stack
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append(_Open(isinstance(event, yaml.MappingStartEvent), event.anchor))
        elif isinstance(event, yaml.NodeEvent):
            _turn(stack)


def _turn(stack: list[_Open]) -> None:
    if stack:
        stack[-1].awaits_key = not stack[-1].awaits_key


def _is_key(event: Any, stack: list[_Open]) -> bool:
    return isinstance(event, yaml.ScalarEvent) and bool(stack) and stack[-1].mapping and stack[-1].awaits_key


def _is_word(value: str) -> bool:
    """Whether YAML 1.2 reads an unquoted key as text."""
    if value in ("", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"):
        return False
    if value.lower().lstrip("+-") in (".inf", ".nan") or value[:2] in ("0x", "0o"):
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False
