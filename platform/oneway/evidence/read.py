"""From files to evidence: each document is known by its shape, and what cannot be read is noted."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from dotenv.parser import parse_stream

from ..model.secrets import redact
from .compose import fill, is_compose, read_compose
from .kubernetes import is_kubernetes, read_kubernetes
from .observed import Observed, join

MAX_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to look at: its name as messages show it, and its content."""

    name: str
    content: bytes


def observe(files: Sequence[SourceFile]) -> Observed:
    """Everything that the files show: compose files, Kubernetes objects, and `.env` files that fill their variables."""
    variables: dict[str, str] = {}
    for file in files:
        if file.name.rpartition("/")[2] == ".env":
            variables |= _variables(file.content)
    parts: list[Observed] = []
    objects: list[tuple[str, dict[str, Any]]] = []
    for file in files:
        if file.name.rpartition("/")[2] == ".env":
            continue
        documents, note = _documents(file)
        parts.append(Observed(notes=(f"{file.name}: {note}",) if note else ()))
        for document in documents:
            if is_compose(document):
                parts.append(read_compose(document, file.name, variables))
            elif is_kubernetes(document):
                objects.append((file.name, document))
    return join([*parts, read_kubernetes(objects)])


def _documents(file: SourceFile) -> tuple[list[Any], str]:
    if len(file.content) > MAX_BYTES:
        return [], f"more than {MAX_BYTES} bytes, not read"
    try:
        return list(yaml.load_all(file.content, Loader=yaml.CSafeLoader)), ""
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError, RecursionError) as error:
        reason = redact(str(error)).replace("\n", " ")
        return [], f"not YAML as Kubernetes and compose write it: {reason[:200]}"


def _variables(content: bytes) -> dict[str, str]:
    """An .env file's variables; later lines may use earlier ones as `${NAME}`, except between single quotes."""
    found: dict[str, str] = {}
    for each in parse_stream(io.StringIO(content.decode("utf-8", "replace"))):
        if each.key and each.value is not None:
            literal = each.original.string.partition("=")[2].lstrip().startswith("'")
            found[each.key] = each.value if literal else fill(each.value, found)
    return found
