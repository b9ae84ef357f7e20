"""Plain values to YAML that people read and every YAML 1.1 and 1.2 reader understands alike.

Block style, keys in the order given. A string stands plain only where no reader could take it for anything else.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./@:-]*[A-Za-z0-9_./@-])?|[0-9]+(?:m|[KMGTP]i)")
_SIMPLE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LITERAL: Final = re.compile("[^\\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
                             "[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]*")  # fmt: skip


def yaml_text(documents: Iterable[Mapping[str, Any]]) -> str:
    """The documents of one file."""
    return "---\n".join("".join(_mapping(each, "")) for each in documents)


def _mapping(mapping: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        yield f"{indent}{_scalar(key)}:"
        yield from _after(value, indent)


def _after(value: Any, indent: str) -> Iterator[str]:
    """What follows a key: on the same line, or below it."""
    if isinstance(value, str):
        yield f" {_block(value, indent)}\n" if "\n" in value else f" {_scalar(value)}\n"
    elif isinstance(value, Mapping) and value:
        yield "\n"
        yield from _mapping(value, indent + "  ")
    elif isinstance(value, list | tuple) and value:
        yield "\n"
        yield from _sequence(value, indent + "  ")
    else:
        yield f" {_atom(value)}\n"


def _sequence(items: Iterable[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping | list | tuple) and item:
            deeper = indent + "  "
            first, *rest = _mapping(item, deeper) if isinstance(item, Mapping) else _sequence(item, deeper)
            yield f"{indent}- {first.lstrip(' ')}"
            yield from rest
        else:
            yield f"{indent}-"
            yield from _after(item, indent)


def _atom(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return json.dumps(value)


def _block(text: str, indent: str) -> str:
    """A text of several lines as a literal block, where a block can hold it exactly."""
    body = text.removesuffix("\n")
    if not _LITERAL.fullmatch(text) or body.endswith("\n"):
        return _scalar(text)
    lines = "\n".join(f"{indent}  {line}" if line else "" for line in body.split("\n"))
    return f"{'|' if text.endswith(chr(10)) else '|-'}\n{lines}"


@lru_cache(maxsize=16384)
def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if '"' in text and _SIMPLE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))
