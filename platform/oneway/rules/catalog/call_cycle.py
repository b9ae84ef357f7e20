"""Services call each other in a ring.

Why: calls go one way. In a ring nobody can be deployed before the other, one slow member stops all, a retry storm
feeds itself, and none can be understood alone. A system with a ring is never deployed. Always an error; it cannot be
accepted or switched off (a baseline may carry it during adoption, but deploying refuses all the same).

How: services that all reach each other form a component (strongly connected: Tarjan, 1972). For every call inside a
component the shortest ring through it is reported once, with the place of each of its calls; the first of very many,
and then it says so. The hint names the smallest set of calls whose removal frees the whole component: the minimum
feedback arc set, by exhaustive search for components where that ends within a bounded number of steps (always so up to
about 20 calls), else by the ordering of Eades, Lin and Smyth (1993), and then it says "a small set". Rules about
timeouts, latency, availability and layers take these calls as gone already, so that a ring is not reported once more
by each of them.

    gateway -> caption -> id -> gateway

Mend it: remove or turn round one of the calls named: let the caller pass what the callee asks back for, publish to a
channel, or move what both need into a third service below them.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ...graph import Cut, Ring, Rings, rings
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

_SHOWN_PAIRS: Final = 12
_SHOWN_CALLS: Final = 100


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each ring, at the first of its calls."""
    for found in rings(facts.graph):
        hint = _hint(found, facts.graph.cuts[found.component])
        for ring in found.rings:
            yield _finding(facts, ring, hint)


def _finding(facts: Facts, ring: Ring, hint: str) -> Breach:
    names = [edge.source for edge in ring]
    return Breach(
        " calls ".join(_shortened([*names, names[0]])),
        facts.graph.place(ring[0]),
        hint,
        tuple(Related(f"{edge.source} calls {edge.target}", facts.graph.place(edge)) for edge in ring[:_SHOWN_CALLS]),
        service=names[0],
        subject=" > ".join(names),
    )


def _shortened(names: list[str]) -> list[str]:
    half = _SHOWN_CALLS // 2
    if len(names) <= _SHOWN_CALLS:
        return names
    return [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]


def _hint(found: Rings, cut: Cut) -> str:
    shown = ", ".join(f"{source} -> {target}" for source, target in cut.pairs[:_SHOWN_PAIRS])
    more = f" and {len(cut.pairs) - _SHOWN_PAIRS} more" if len(cut.pairs) > _SHOWN_PAIRS else ""
    smallest = "the smallest set of calls" if cut.exact else "a small set of calls (perhaps not the smallest)"
    services = len(found.component)
    others = "" if found.complete else f"; the component of {services} services may have more rings than are shown"
    return f"calls go one way: {smallest} whose removal frees all {services}: {shown}{more}{others}"
