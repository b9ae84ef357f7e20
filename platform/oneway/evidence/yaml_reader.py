"""One bounded reader for every YAML file that comes from outside: places kept, time and memory bounded.

Built from the parser's events, so that nothing is expanded before it is counted: aliases and merge keys count as often
as they stand. Scalars are those of YAML 1.2's core schema, as compose reads them: `yes` and `22:22` are text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from ..errors import Location
from ..model.secrets import redact

MAX_BYTES: Final = 8 << 20
MAX_NODES: Final = 400_000
MAX_DEPTH: Final = 100

_INT: Final = re.compile(r"[-+]?[0-9]{1,300}")
_OTHER_INT: Final = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS: Final[Mapping[str, Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
}


class Unreadable(Exception):
    """A file that is not read, and where and why not."""

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.column, self.reason = line, column, reason


class Map(dict[str, Any]):
    """A mapping that knows where its keys' values stand."""

    __slots__ = ("places", "size")

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, tuple[int, int]] = {}
        self.size = 1


class Seq(list[Any]):
    """A sequence that knows where its elements stand."""

    __slots__ = ("places", "size")

    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[int, int]] = []
        self.size = 1


def read_yaml(content: bytes) -> Iterator[Any]:
    """The documents of a file. Unreadable where it is no YAML, or more than its bounds allow."""
    if len(content) > MAX_BYTES:
        raise Unreadable(1, 1, f"more than {MAX_BYTES >> 20} MiB")
    try:
        yield from _Documents(content)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Unreadable(line, column, redact(error.problem or "not YAML")) from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise Unreadable(1, 1, f"not YAML: {redact(str(error).splitlines()[0])}") from None


def place_of(node: Any, key: str | int, file: str) -> Location:
    """Where the value of a key, or an element, stands."""
    places = getattr(node, "places", None)
    try:
        line, column = places[key] if places else (1, 1)
    except (KeyError, IndexError):
        line, column = 1, 1
    return Location(file, line, column)


class _Documents:
    """Builds documents from events, one at a time, on a stack of its own."""

    def __init__(self, content: bytes) -> None:
        self._events = yaml.parse(content, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, Any] = {}
        self._nodes = 0

    def __iter__(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                yield self._document()

    def _document(self) -> Any:
        stack: list[tuple[Map | Seq, str | None, list[Any]]] = []
        while True:
            event = next(self._events)
            mark = event.start_mark
            at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise Unreadable(*at, f"nested more than {MAX_DEPTH} deep")
                node: Map | Seq = Map() if isinstance(event, yaml.MappingStartEvent) else Seq()
                node_at = at
                stack.append((node, event.anchor, [node_at, None]))
                if event.anchor:
                    self._anchors.pop(event.anchor, None)
                continue
            if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                done, anchor, (at, _) = stack.pop()
                value: Any = done
                if anchor:
                    self._anchors[anchor] = done
            elif isinstance(event, yaml.ScalarEvent):
                value = _scalar(event)
                if event.anchor:
                    self._anchors[event.anchor] = value
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in self._anchors:
                    raise Unreadable(*at, f"alias *{event.anchor} stands for nothing that is complete before it")
                value = self._anchors[event.anchor]
                self._count(getattr(value, "size", 1), at)
            else:
                return None
            self._count(1, at)
            if not stack:
                return value
            self._add(stack[-1], value, at)

    def _add(self, top: tuple[Map | Seq, str | None, list[Any]], value: Any, at: tuple[int, int]) -> None:
        parent, _, state = top
        parent.size += getattr(value, "size", 1)
        if isinstance(parent, Seq):
            parent.append(value)
            parent.places.append(at)
        elif state[1] is None:
            state[1] = (_as_key(value), at)
        else:
            key, _ = state[1]
            state[1] = None
            if key == "<<":
                self._merge(parent, value, at)
            else:
                parent[key] = value
                parent.places[key] = at

    def _merge(self, parent: Map, value: Any, at: tuple[int, int]) -> None:
        for each in value if isinstance(value, Seq) else (value,):
            if not isinstance(each, Map):
                raise Unreadable(*at, "<< takes a mapping, or a list of mappings")
            self._count(len(each), at)
            for key, inner in each.items():
                if key not in parent:
                    parent[key] = inner
                    parent.places[key] = each.places[key]

    def _count(self, nodes: int, at: tuple[int, int]) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise Unreadable(*at, f"more than {MAX_NODES} values, aliases written out")


def _as_key(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, str | int | float) else "?"


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.tag and event.tag != "!":
        return _TAGS.get(event.tag, str)(text) if text else text
    if not event.implicit[0]:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_INT.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) and len(text) < 300 else text
