"""One number written into a manifest, with everything else left as it was, byte for byte."""

from typing import Any

import yaml

from .parse import Unreadable, parse_text
from .tree import compose


def set_number(content: bytes, parent: str, field: str, number: float, above: tuple[str, ...] = ()) -> bytes:
    """The manifest with `parent.field` at that number; `above` are the keys over the parent, as in an environment, and
    must be there. ValueError where it cannot be written without touching anything else."""
    wanted = _changed(content, (*above, parent, field), number)
    root = compose(content)
    for key in above:
        root = _value(root, key)
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("it is no mapping")
    at, end, text = _edit(content.decode(), root, parent, field, f"{number:.12g}")
    before = content.decode()
    edited = (before[:at] + text + before[end:]).encode()
    if _data(edited) != wanted:
        raise ValueError("it is written in a way that only its author can change")
    return edited


def _edit(text: str, root: yaml.MappingNode, parent: str, field: str, number: str) -> tuple[int, int, str]:
    """What to put in the place of what: from, to, and the text."""
    held = _value(root, parent)
    if held is None:
        return _insert(text, root, parent, f"{{{_key(root, field)}: {number}}}")
    value = _value(held, field)
    if value is not None:
        return value.start_mark.index, value.end_mark.index, number
    if isinstance(held, yaml.MappingNode):
        return _insert(text, held, field, number)
    at, end = held.start_mark.index, held.end_mark.index
    return at, end, f"{' ' * (at == end)}{{{field}: {number}}}"


def _insert(text: str, node: yaml.MappingNode, key: str, value: str) -> tuple[int, int, str]:
    """A pair at the end of an inline mapping or of the file, and at the beginning of a mapping in block form."""
    pair = f"{_key(node, key)}: {value}"
    if node.flow_style:
        at = node.value[-1][1].end_mark.index if node.value else node.start_mark.index + 1
        return at, at, f", {pair}" if node.value else pair
    first = node.value[0][0].start_mark
    line = "\r\n" if "\r\n" in text else "\n"
    if not first.column:
        at = _end_of_pair(text, node)
        missing = "" if text[:at].endswith("\n") else line
        return at, at, f"{missing}{pair}{'' if missing else line}"
    return first.index, first.index, f"{pair}{line}{' ' * first.column}"


def _end_of_pair(text: str, node: yaml.MappingNode) -> int:
    """The start of the line after the last value of the mapping."""
    key, last = node.value[-1]
    at: int = last.end_mark.index if last.end_mark.index > last.start_mark.index else key.end_mark.index
    if at and text[at - 1] == "\n":
        return at
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _key(node: yaml.MappingNode, key: str) -> str:
    """The key in quotes where the others are, as in JSON."""
    return f'"{key}"' if node.value and node.value[0][0].style == '"' else key


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _changed(content: bytes, path: tuple[str, ...], number: float) -> dict[str, Any]:
    data = _data(content)
    inner = data
    for key in path[:-1]:
        if inner.get(key) is None:
            inner[key] = {}
        inner = inner[key]
        if not isinstance(inner, dict):
            raise ValueError(f"`{key}` is no mapping")
    inner[path[-1]] = number
    return data


def _data(content: bytes) -> dict[str, Any]:
    try:
        return parse_text("manifest", content)
    except Unreadable as fault:
        raise ValueError(fault.finding.message) from None
