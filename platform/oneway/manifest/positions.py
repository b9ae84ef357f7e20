"""Where a field stands in its file: asked only for the files that findings point at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import yaml

from ..errors import Finding, Location, Place, Related

Read = Callable[[str], bytes]


def locate(findings: Iterable[Finding], read: Read, environment: str | None = None) -> list[Finding]:
    """The findings with every Place turned into a Location, in the order of files, lines and columns."""
    finder = _Finder(read, environment)
    located = [
        replace(
            each,
            location=finder.location(each.location),
            related=tuple(Related(one.message, finder.location(one.location)) for one in each.related),
        )
        for each in findings
    ]
    return sorted(located, key=lambda each: (each.location, each.rule, each.message))


class _Finder:
    """Reads each file once, as a tree of YAML nodes with their marks."""

    def __init__(self, read: Read, environment: str | None) -> None:
        self._read = read
        self._environment = environment
        self._trees: dict[str, yaml.Node | None] = {}

    def location(self, where: Location | Place) -> Location:
        if isinstance(where, Location):
            return where
        if where.file not in self._trees:
            self._trees[where.file] = _compose(self._read, where.file)
        tree = self._trees[where.file]
        if tree is None:
            return Location(where.file)
        if self._environment is not None:
            overridden = _find(tree, ("environments", self._environment, *where.path))
            if overridden is not None:
                return _at(where.file, overridden)
        return _at(where.file, _nearest(tree, where.path))


def _compose(read: Read, file: str) -> yaml.Node | None:
    try:
        return yaml.compose(read(file).decode("utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        return None


def _nearest(tree: yaml.Node, path: tuple[str | int, ...]) -> yaml.Node:
    """The node at the path, or at the longest part of it that exists."""
    for end in range(len(path), 0, -1):
        node = _find(tree, path[:end])
        if node is not None:
            return node
    return tree


def _find(tree: yaml.Node, path: tuple[str | int, ...]) -> yaml.Node | None:
    """The key's node for the last step into a mapping, the item's node for a step into a list."""
    node: yaml.Node = tree
    shown: yaml.Node = tree
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if pair is None:
                return None
            shown, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            shown = node = node.value[step]
        else:
            return None
    return shown


def _at(file: str, node: yaml.Node) -> Location:
    mark = node.start_mark
    return Location(file, mark.line + 1, mark.column + 1)


def reader(contents: Mapping[str, bytes]) -> Read:
    """Read from values already in memory."""
    return contents.__getitem__
