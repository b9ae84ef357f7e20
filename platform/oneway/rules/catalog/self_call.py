"""A service declares a call to itself.

Why: it is the smallest ring: under load a service that waits for itself uses up its own replicas and stops. Always an
error; it cannot be accepted or switched off.

    service: id
    calls:
      - {to: id}

Mend it: call the function inside the process, or split the service in two.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each call whose target is its own service."""
    for edge in facts.graph.edges:
        if edge.source == edge.target:
            yield Breach(
                f"{edge.source} calls itself",
                facts.place(edge.source, "calls", edge.index, "to"),
                "use the function inside the process, or split the service in two",
                service=edge.source,
                subject=edge.source,
            )
