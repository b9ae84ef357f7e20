"""Plain values to YAML that people read and every YAML 1.1 and 1.2 reader understands alike.

Block style, keys in the order given. A string stands plain only where no reader could take it for anything else.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./@:-]*[A-Za-z0-9_./@-])?|[0-9]+(?:m|[KMGTP]i)")
_SIMPLE: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LITERAL: Final = re.compile(
    "[^\\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
    "[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]*"
)


def yaml_text(documents: Iterable[dict[str, Any]]) -> str:
    """The documents of one file: dictionaries, lists, tuples, texts, numbers and truth values."""
    out: list[str] = []
    for each in documents:
        if out:
            out.append("---\n")
        _mapping(each, "", out)
    return "".join(out)


def _mapping(mapping: dict[str, Any], indent: str, out: list[str]) -> None:
    for key, value in mapping.items():
        out.append(f"{indent}{_scalar(key)}:")
        _after(value, indent, out)


def _after(value: Any, indent: str, out: list[str]) -> None:
    """What follows a key: on the same line, or below it."""
    if isinstance(value, str):
        out.append(" " + (_block(value, indent) if "\n" in value else _scalar(value)) + "\n")
    elif isinstance(value, dict) and value:
        out.append("\n")
        _mapping(value, indent + "  ", out)
    elif isinstance(value, list | tuple) and value:
        out.append("\n")
        _sequence(value, indent + "  ", out)
    else:
        out.append(f" {_atom(value)}\n")


def _sequence(items: Iterable[Any], indent: str, out: list[str]) -> None:
    for item in items:
        first = len(out)
        if isinstance(item, dict) and item:
            _mapping(item, indent + "  ", out)
        elif isinstance(item, list | tuple) and item:
            _sequence(item, indent + "  ", out)
        else:
            out.append(f"{indent}-")
            _after(item, indent, out)
            continue
        out[first] = f"{indent}- {out[first].lstrip(' ')}"


def _atom(value: Any) -> str:
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return str(value) if type(value) is int else json.dumps(value)


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
