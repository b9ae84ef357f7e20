"""A call gives its callee less time than the callee's own calls may take.

Why: the caller gives up while the callee still waits; the work goes on for nobody, the caller tries again, and both
drown. This is found at night, under load, and nowhere else.

How: the worst case of a service is what its required calls may take, one after the other:

    worst(S) = Σ per_request × timeout × (retries + 1)   over the required calls of S
               those marked `parallel` count once, as the longest of them

and a call to S needs a timeout of at least worst(S). Calls to externals count; calls that are not required do not,
because the service answers without them. The callee's own computing is not in the sum: leave room for it.

    gateway -> caption   timeout 200ms
    caption -> id        timeout 200ms, retries 1      worst(caption) = 1 × 200ms × 2 = 400ms

Mend it: raise the timeout to the number named, or lower timeouts and retries further down.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ...model import Call, Service
from ..chain import along, milliseconds, number
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each call whose timeout is shorter than its callee's worst case."""
    worst = {name: along(facts.kept(name), _longest) for name in facts.services}
    for edge in facts.graph.edges:
        if edge.source == edge.target or edge.call.timeout + 1e-9 >= worst[edge.target]:
            continue
        if (edge.source, edge.target) in facts.graph.cut:
            continue
        needed = milliseconds(worst[edge.target])
        yield Breach(
            f"{edge.source} waits {edge.call.timeout} for {edge.target}, whose own calls may take {needed}",
            facts.place(edge.source, "calls", edge.index, "timeout"),
            f"a timeout of {needed} would do; or lower timeouts and retries in {edge.target}",
            tuple(_terms(facts, facts.services[edge.target])),
            service=edge.source,
            subject=f"{edge.source} > {edge.target}",
        )


def _longest(call: Call) -> float:
    return call.per_request * call.timeout * (call.retries + 1)


def _terms(facts: Facts, callee: Service) -> Iterator[Related]:
    for index, call in enumerate(callee.calls):
        if call.required and (callee.name, call.to) not in facts.graph.cut:
            beside = ", parallel" if call.parallel else ""
            yield Related(
                f"{callee.name} calls {call.to}: {number(call.per_request)} × {call.timeout} × {call.retries + 1} "
                f"= {milliseconds(_longest(call))}{beside}",
                facts.place(callee.name, "calls", index),
            )
