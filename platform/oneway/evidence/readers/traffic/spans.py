"""From spans to edges: a span whose parent belongs to another service is a call from that one.

Spans stream by. Of each, its service is kept under a number of 64 bits; of those whose parent has not come yet, also
what they would add. A million spans are about 150 MB.
"""

from array import array
from typing import NamedTuple

from .edges import Edges


class Span(NamedTuple):
    """One piece of work of one service. Times in seconds since 1970; `peer` is whom it says it asked.

    `asynchronous` marks what a message started: no caller waits for it.
    """

    trace: str | bytes
    id: str | bytes
    parent: str | bytes
    service: str
    start: float
    seconds: float
    failed: bool = False
    peer: str = ""
    asynchronous: bool = False


class SpanGraph:
    """Takes spans in any order, and knows the edges when all have come."""

    def __init__(self, since: float | None = None) -> None:
        self.edges = Edges(since)
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._service_of: dict[int, int] = {}
        self._waiting = (array("q"), array("H"), array("B"), array("d"), array("d"))
        self._peers = Edges(since)
        self._recent: set[int] = set()

    def add(self, span: Span) -> None:
        """One span more."""
        number = self._number(span.service)
        if not self.edges.is_old(span.start):
            self._recent.add(number)
        self._service_of[hash((span.trace, span.id))] = number
        if span.peer:
            self._peers.add((span.service, span.peer), 1, int(span.failed), span.start, span.seconds)
        if not span.parent or span.asynchronous:
            self.edges.enter(span.service, 1, int(span.failed), span.start)
            return
        parent = hash((span.trace, span.parent))
        caller = self._service_of.get(parent)
        if caller is None:
            parents, numbers, failures, starts, lengths = self._waiting
            parents.append(parent)
            numbers.append(number)
            failures.append(int(span.failed))
            starts.append(span.start)
            lengths.append(span.seconds)
        elif caller != number:
            self._count(caller, number, int(span.failed), span.start, span.seconds)

    def finish(self) -> Edges:
        """All edges: those between spans, and those that only the asking side shows."""
        for parent, number, failed, start, seconds in zip(*self._waiting, strict=True):
            caller = self._service_of.get(parent)
            if caller is None:
                self.edges.enter(self._names[number], 1, failed, start)
            elif caller != number:
                self._count(caller, number, failed, start, seconds)
        self.edges.services = {self._names[each] for each in self._recent}
        known = {name.lower() for name in self._names}
        for (source, peer), total in self._peers.sums.items():
            host = peer.partition(":")[0].partition(".")[0].lower()
            if host not in known and (source, peer) not in self.edges.sums:
                self.edges.sums[source, peer] = total
        return self.edges

    def _number(self, service: str) -> int:
        number = self._numbers.get(service)
        if number is None:
            number = self._numbers[service] = len(self._names)
            self._names.append(service)
        return number

    def _count(self, caller: int, callee: int, failed: int, start: float, seconds: float) -> None:
        self.edges.add((self._names[caller], self._names[callee]), 1, failed, start, seconds)
