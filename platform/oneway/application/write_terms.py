"""Single values written into manifests, where everything else of the file stays as people wrote it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..evidence.yaml_reader import Map, Seq, Unreadable, read_yaml
from ..model import System
from ..workspace import write_file
from .update_terms import Term


def write_terms(system: System, root: Path, terms: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """Write the terms into the manifests, and nothing else of them; also those that have to be written by hand."""
    written: list[Term] = []
    left: list[Term] = []
    for name in sorted({each.service for each in terms}):
        path = root / system.files[name]
        text = before = path.read_text("utf-8")
        for term in (each for each in terms if each.service == name):
            changed = _written(text, term)
            (left if changed is None else written).append(term)
            text = text if changed is None else changed
        if text != before:
            write_file(path, text)
    return written, left


def _written(text: str, term: Term) -> str | None:
    """The manifest with the term in it; None where that is not to be had by changing or adding one value."""
    try:
        document = next(read_yaml(text.encode()), None)
    except Unreadable:
        return None
    if not isinstance(document, Map):
        return None
    node = _node(document, term)
    if node is None and not term.callee and "load" not in document:
        changed = f"{text.rstrip()}\nload: {{{term.key}: {term.value}}}\n"
    elif node is None:
        return None
    else:
        changed = _replaced(text, node, term) if term.key in node else _added(text, node, term)
    return changed if _is_so(changed, document, term) else None


def _node(document: Map, term: Term) -> Map | None:
    if not term.callee:
        load = document.get("load")
        return load if isinstance(load, Map) and load else None
    calls = document.get("calls")
    found = [each for each in calls if isinstance(each, Map) and each.get("to") == term.callee] if calls else []
    return found[0] if len(found) == 1 and isinstance(calls, Seq) else None


def _replaced(text: str, node: Map, term: Term) -> str:
    lines = text.split("\n")
    line, column = node.places[term.key]
    row = lines[line - 1]
    lines[line - 1] = row[: column - 1] + term.value + row[_end(row, column - 1) :]
    return "\n".join(lines)


def _added(text: str, node: Map, term: Term) -> str:
    """After the first value of the mapping: beside it between braces, or on a line of its own."""
    lines = text.split("\n")
    key = next(iter(node))
    line, column = node.places[key]
    row = lines[line - 1]
    begin = row.rfind(key, 0, column - 1)
    if "{" in row[:begin]:
        end = _end(row, column - 1)
        lines[line - 1] = f"{row[:end]}, {term.key}: {term.value}{row[end:]}"
    else:
        lines.insert(line, f"{' ' * begin}{term.key}: {term.value}")
    return "\n".join(lines)


def _end(row: str, start: int) -> int:
    if row[start : start + 1] in ("'", '"'):
        return row.find(row[start], start + 1) + 1
    return next((at for at in range(start, len(row)) if row[at] in ",}] #"), len(row))


def _is_so(changed: str, document: Mapping[str, Any], term: Term) -> bool:
    """Whether the term is what changed, and all that changed."""
    try:
        after = next(read_yaml(changed.encode()), None)
    except Unreadable:
        return False
    if not isinstance(after, Map):
        return False
    node = _node(after, term)
    if node is None or str(node.pop(term.key, "")) != term.value:
        return False
    before = next(read_yaml(_plain(document)), None)
    other = _node(before, term) if isinstance(before, Map) else None
    if other is not None:
        other.pop(term.key, None)
    elif not term.callee:
        after.pop("load")
    return bool(after == before)


def _plain(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()
