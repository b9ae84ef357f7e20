"""A long chain of calls.

Why: every call on the way adds its latency, its faults and one more owner to ask. Long chains grow one reasonable
step at a time.

How: the longest chain from the top to a service, counted in calls, required or not, against `budgets.depth` (6). The
finding stands at the call that first makes the chain longer than the budget, and prints the longest chain through it,
to its end. Calls inside a ring are left out.

    a -> b -> c -> d -> e -> f -> g -> h:   7 calls > 6

Mend it: let the caller fetch what the end of the chain is asked for, and pass it down; or merge two services.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...graph import Edge
from ..chain import arrows
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service at which a chain first exceeds the budget."""
    budget = facts.system.platform.budgets.depth
    depth = dict.fromkeys(facts.graph.order, 0)
    last: dict[str, Edge] = {}
    for name in reversed(facts.graph.order):
        for edge in facts.graph.down[name]:
            if depth[name] + 1 > depth[edge.target]:
                depth[edge.target], last[edge.target] = depth[name] + 1, edge
    over = [name for name in facts.graph.order if depth[name] == budget + 1]
    if over:
        then = _longest_below(facts)
        for name in over:
            yield _finding(facts, last[name], [*_up(last, name), *_along(then, name)])


def _finding(facts: Facts, edge: Edge, names: list[str]) -> Breach:
    budget = facts.system.platform.budgets.depth
    return Breach(
        f"a chain of {len(names) - 1} calls, more than {budget}: {arrows(names)}",
        facts.graph.place(edge),
        "let a caller higher up fetch what the end is asked for, and pass it down; or merge two services",
        service=edge.source,
        subject=f"{edge.source} > {edge.target}",
    )


def _longest_below(facts: Facts) -> dict[str, str]:
    length = dict.fromkeys(facts.graph.order, 0)
    then: dict[str, str] = {}
    for name in facts.graph.order:
        for edge in facts.graph.down[name]:
            if length[edge.target] + 1 > length[name]:
                length[name], then[name] = length[edge.target] + 1, edge.target
    return then


def _up(last: dict[str, Edge], name: str) -> list[str]:
    names = [name]
    while name in last:
        name = last[name].source
        names.append(name)
    return names[::-1]


def _along(then: dict[str, str], name: str) -> list[str]:
    names = []
    while name in then:
        name = then[name]
        names.append(name)
    return names
