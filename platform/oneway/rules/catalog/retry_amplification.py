"""A path of calls on which one request becomes very many.

Why: retries multiply. Three tries at each of four calls are 81 requests at the end of the path, sent exactly when that
end is slow already. Retry storms keep a system down long after the cause is gone.

How: along a path one request becomes at most

    Π (1 + retries) × per_request   over the calls of the path

The finding stands at the call where the product first exceeds `budgets.retry_amplification` (10), and prints the worst
path through that call, to its end, with its product. Calls inside a ring are left out: they have their own finding.

    a -> b -> c -> d   with 2 retries at each call: 3 × 3 × 3 = 27

Mend it: retry in one place only, best at the top or right beside what fails; or lower per_request with a batch call.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ...graph import Edge
from ..chain import MOST, arrows, number
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each call at which a path's product first exceeds the budget."""
    budget = facts.system.platform.budgets.retry_amplification + 1e-9
    above, first = _above(facts)
    if max(above.values(), default=1.0) <= budget:
        return
    below, then = _below(facts)
    for edges in facts.graph.down.values():
        for edge in edges:
            if above[edge.source] <= budget < above[edge.source] * _factor(edge):
                path = [*_up(first, edge.source), edge, *_along(then, edge.target)]
                product = min(MOST, above[edge.source] * _factor(edge) * below[edge.target])
                yield _finding(facts, edge, path, product)


def _finding(facts: Facts, edge: Edge, path: list[Edge], product: float) -> Breach:
    names = [path[0].source, *(each.target for each in path)]
    budget = number(facts.system.platform.budgets.retry_amplification)
    return Breach(
        f"one request at {names[0]} becomes up to {number(product)} at {names[-1]}, more than {budget}: "
        f"{arrows(names)}",
        facts.graph.place(edge),
        "retry in one place of the path only, or lower per_request with a call for many at once",
        tuple(
            Related(
                f"{each.source} calls {each.target}: (1 + {each.call.retries}) × {number(each.call.per_request)} "
                f"= {number(_factor(each))}",
                facts.graph.place(each),
            )
            for each in path[:20]
        ),
        service=edge.source,
        subject=f"{edge.source} > {edge.target}",
    )


def _factor(edge: Edge) -> float:
    return (1 + edge.call.retries) * edge.call.per_request


def _above(facts: Facts) -> tuple[dict[str, float], dict[str, Edge]]:
    """For every service the largest product of a path that ends there, and that path's last call."""
    product = dict.fromkeys(facts.graph.order, 1.0)
    last: dict[str, Edge] = {}
    for name in reversed(facts.graph.order):
        for edge in facts.graph.down[name]:
            reached = min(MOST, product[name] * _factor(edge))
            if reached > product[edge.target]:
                product[edge.target], last[edge.target] = reached, edge
    return product, last


def _below(facts: Facts) -> tuple[dict[str, float], dict[str, Edge]]:
    """For every service the largest product of a path that starts there, and that path's first call."""
    product = dict.fromkeys(facts.graph.order, 1.0)
    first: dict[str, Edge] = {}
    for name in facts.graph.order:
        for edge in facts.graph.down[name]:
            reached = min(MOST, product[edge.target] * _factor(edge))
            if reached > product[name]:
                product[name], first[name] = reached, edge
    return product, first


def _up(last: dict[str, Edge], name: str) -> list[Edge]:
    path = []
    while name in last:
        path.append(last[name])
        name = last[name].source
    return path[::-1]


def _along(first: dict[str, Edge], name: str) -> list[Edge]:
    path = []
    while name in first:
        path.append(first[name])
        name = first[name].target
    return path
