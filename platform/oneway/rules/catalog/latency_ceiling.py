"""A latency objective is shorter than what the service waits for.

Why: an answer that needs two others cannot be faster than both.

How: for the 99th percentile, along the required calls

    floor(S) = Σ per_request × p99(callee)   one after the other
               those marked `parallel` count once, as the slowest of them

where p99(callee) is the callee's own `slo.latency.p99`, or its own floor when it declares none. Percentiles do not add
up exactly: the sum is what the worst hundredth of requests takes when slow answers come together, as they do under
load. That is why this is a warning. Calls that are not required are left out, as are externals.

    gateway p99 300ms; caption p99 250ms, then id p99 100ms:   floor = 350ms

Mend it: relax the objective to the number named, make the calls `parallel`, or make a callee faster.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ...model import Call, Service
from ..chain import along, milliseconds, number
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service whose p99 is below its floor."""
    p99: dict[str, float] = {}
    for name in facts.graph.order:
        service = facts.services[name]
        floor = along(facts.kept(name), lambda call: call.per_request * p99.get(call.to, 0.0))
        objective = service.slo.latency.p99
        p99[name] = floor if objective is None else objective
        if objective is not None and objective + 1e-9 < floor:
            yield _finding(facts, service, milliseconds(floor), p99)


def _finding(facts: Facts, service: Service, floor: float, p99: dict[str, float]) -> Breach:
    return Breach(
        f"{service.name} promises a p99 of {service.slo.latency.p99}, and its required calls add up to {floor}",
        facts.place(service.name, "slo", "latency", "p99"),
        f"promise {floor} or more, make calls parallel, or make a callee faster",
        tuple(_terms(facts, service, p99)),
        service=service.name,
        subject=service.name,
    )


def _terms(facts: Facts, service: Service, p99: dict[str, float]) -> Iterator[Related]:
    def cost(call: Call) -> float:
        return call.per_request * p99.get(call.to, 0.0)

    for index, call in enumerate(service.calls):
        if call.required and cost(call) and (service.name, call.to) not in facts.graph.cut:
            beside = ", parallel" if call.parallel else ""
            yield Related(
                f"requires {call.to}: {number(call.per_request)} × {milliseconds(p99[call.to])}{beside}",
                facts.place(service.name, "calls", index),
            )
