"""Many services call one that runs on few replicas.

Why: whatever many depend on is where a small fault becomes a large one: one bad release, one full disk, and all of
them notice. More replicas spread that; so does not having everybody call it.

How: the number of distinct callers, required or not, divided by the replicas that run at the least, against
`budgets.fan_in` (10).

    12 services call id, which runs on 1 replica:   12 > 10

Mend it: raise `scale.min` or `replicas` to the number named, or let callers share what they ask for.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service with more callers per replica than the budget."""
    budget = facts.system.platform.budgets.fan_in
    for name, edges in facts.graph.callers.items():
        service = facts.services[name]
        replicas = max(1, service.min_replicas)
        if len(edges) <= budget * replicas:
            continue
        callers = len({edge.source for edge in edges if edge.source != name})
        if callers > budget * replicas:
            field = ("scale", "min") if service.scale is not None else ("replicas",)
            yield Breach(
                f"{callers} services call {name}, which runs on {replicas} replica{'s' * (replicas > 1)} at the least",
                facts.place(name, *field) if service.scale or service.replicas else facts.place(name, "service"),
                f"{ceil(callers / budget)} replicas would do for a budget of {budget} callers each",
                service=name,
                subject=name,
            )
