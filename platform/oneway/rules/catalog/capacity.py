"""More requests reach a service than its replicas can serve.

Why: load arrives at the edge and multiplies on its way down. Whoever is called ten times for each request needs ten
times the replicas, and nobody sees that from one manifest.

How: requests per second from every entry, along all calls, required or not:

    demand(S) = load.requests_per_second of S + Σ demand(caller) × per_request   over the calls to S
    capacity(S) = replicas at the most × load.per_replica

Over 100% of the capacity is an error, over 70% a warning. Retries are not in it: retry-amplification bounds them.
Calls inside a ring are left out. A service without `per_replica` is not judged.

    gateway 50/s calls caption once, and caption calls id twice:   demand(id) = 100/s

Mend it: raise `scale.max` or `replicas` to the number named, which is for 70%; or call less often.
"""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final

from ...errors import Place, Related, Severity
from ...model import Service
from ..chain import number
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

_COMFORT: Final = 0.7
_SHOWN: Final = 3


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service that is asked for more than 70% of what it can serve."""
    demand = facts.graph.demand
    for name, service in facts.services.items():
        if service.load.per_replica is None:
            continue
        capacity = service.max_replicas * service.load.per_replica
        if demand[name] > _COMFORT * capacity + 1e-9:
            yield _finding(facts, service, demand, capacity)


def _finding(facts: Facts, service: Service, demand: Mapping[str, float], capacity: float) -> Breach:
    name, asked = service.name, demand[service.name]
    per_replica = service.load.per_replica or 1.0
    share = f" ({number(100 * asked / capacity)}%)" if capacity else ""
    return Breach(
        f"{name} is asked for {number(asked)} requests/s and can serve {number(capacity)}{share}",
        _where(facts, service),
        f"{ceil(asked / (_COMFORT * per_replica) - 1e-9)} replicas of {number(per_replica)}/s would do for 70%",
        tuple(_largest(facts, name, demand)),
        service=name,
        subject=name,
        severity=SEVERITY if asked > capacity + 1e-9 else Severity.WARNING,
    )


def _where(facts: Facts, service: Service) -> Place:
    if service.scale is not None:
        return facts.place(service.name, "scale", "max")
    if service.replicas is not None:
        return facts.place(service.name, "replicas")
    return facts.place(service.name, "load", "per_replica")


def _largest(facts: Facts, name: str, demand: Mapping[str, float]) -> Iterator[Related]:
    """Where most of it comes from."""
    shares = [
        (demand[edge.source] * edge.call.per_request, edge)
        for edge in facts.graph.callers[name]
        if edge in facts.graph.down[edge.source]
    ]
    for rate, edge in sorted(shares, key=lambda each: (-each[0], each[1].source, each[1].index))[:_SHOWN]:
        if rate:
            yield Related(f"{edge.source} asks for {number(rate)}/s", facts.graph.place(edge))
