"""Reading a description: what its references lead to, and plain looks at values of any shape."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

_DEEPEST: Final = 20


class Side(Enum):
    """Which way a value goes: a request must stay taken, an answer must stay understood."""

    REQUEST = "request"
    ANSWER = "answer"


def as_map(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """The value where it is a list; else an empty one."""
    return value if isinstance(value, list) else []


def follow(value: Any, document: Any) -> Any:
    """The value, or what it refers to in the same document. What leads around, nowhere, or to another file stays the
    reference that it is."""
    start = value
    for _ in range(_DEEPEST):
        reference = as_map(value).get("$ref")
        if not isinstance(reference, str):
            return value
        if not reference.startswith("#"):
            return start
        value = document
        for part in reference[1:].strip("/").split("/"):
            value = as_map(value).get(_unescaped(part))
        if value is None:
            return start
    return start


def _unescaped(part: str) -> str:
    for escape, letter in (("%7B", "{"), ("%7D", "}"), ("~1", "/"), ("~0", "~")):
        part = part.replace(escape, letter)
    return part
