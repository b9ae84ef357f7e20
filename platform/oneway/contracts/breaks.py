"""What a new description of an API breaks for those who were made for the old one.

A request that was good has to stay good, and an answer has to stay one that the caller knows: what is sent may only be
taken more widely, what is answered only be said more narrowly. Whatever shape the documents have, nothing fails on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .bodies import answers, request_body
from .described_operations import Operation, operations
from .description_values import as_list
from .parameters import parameters
from .schemas import Comparison, Said


@dataclass(frozen=True, slots=True)
class Break:
    """One change that a caller can notice: the operation, and what is different there.

    `sure` ones make a request fail or an answer unreadable that was right before; others do so for some callers.
    """

    operation: str
    what: str
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.operation}: {self.what}"


def breaks_between(old: Any, new: Any) -> tuple[Break, ...]:
    """What breaks with the new description, in the order of the old one's operations; sure ones first in each."""
    before, after = operations(old), operations(new)
    comparison = Comparison(old, new)
    found: list[Break] = []
    for key, operation in before.items():
        if key not in after:
            what = "it is gone, as was announced: it was deprecated" if operation.deprecated else "it is gone"
            found.append(Break(operation.title, what, not operation.deprecated))
            continue
        said = list(_changes(comparison, operation, after[key]))
        found += [Break(operation.title, each.text, each.sure) for each in sorted(said, key=lambda one: not one.sure)]
    return tuple(dict.fromkeys(found))


def _changes(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Said]:
    yield from parameters(comparison, old, new)
    yield from request_body(comparison, old, new)
    yield from answers(comparison, old, new)
    yield from _security(old.security, new.security)


def _security(old: Any, new: Any) -> Iterator[Said]:
    """Each way in that was has to be one still: asked for no more than was given."""
    ways = [_way(each) for each in as_list(new)] or [{}]
    for was in [_way(each) for each in as_list(old)] or [{}]:
        if any(way.keys() <= was.keys() and all(way[name] <= was[name] for name in way) for way in ways):
            continue
        asked = " or ".join(sorted(" and ".join(sorted(way)) for way in ways))
        yield Said("", f"asks for {asked} now" + (f", and {' and '.join(sorted(was))} was enough" if was else ""))


def _way(given: Any) -> dict[str, frozenset[str]]:
    said = given if isinstance(given, Mapping) else {}
    return {str(name): frozenset(map(str, as_list(scopes))) for name, scopes in said.items()}
