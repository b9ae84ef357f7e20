"""Where a field stands in its file: asked only for the files that findings point at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import Finding, Location, Place, Related

if TYPE_CHECKING:
    from yaml import Node

Read = Callable[[str], bytes]
"""A file's content by its name; OSError or LookupError when there is none."""


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


def locations(places: Iterable[Place], read: Read, environment: str | None = None) -> list[Location]:
    """Where these places are, in their order."""
    finder = _Finder(read, environment)
    return [finder.location(each) for each in places]


class _Finder:
    """Reads each file once, as a tree of YAML nodes with their marks."""

    def __init__(self, read: Read, environment: str | None) -> None:
        self._read = read
        self._environment = environment
        self._trees: dict[str, Node | None] = {}

    def location(self, where: Location | Place) -> Location:
        if isinstance(where, Location):
            return where
        from .tree import exact_location, location

        tree = self._tree(where.file)
        if tree is None:
            return Location(where.file)
        if self._environment is not None:
            overridden = exact_location(where.file, tree, ("environments", self._environment, *where.path))
            if overridden is not None and where.path:
                return overridden
        return location(where.file, tree, where.path)

    def _tree(self, file: str) -> "Node | None":
        from .tree import compose

        if file not in self._trees:
            try:
                self._trees[file] = compose(self._read(file))
            except (OSError, LookupError):
                self._trees[file] = None
        return self._trees[file]


def reader(contents: Mapping[str, bytes]) -> Read:
    """Read from values already in memory."""
    return contents.__getitem__
