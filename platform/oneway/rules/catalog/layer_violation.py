"""A call goes upward through the layers of `platform.yaml`.

Why: layers say which parts may know of which. A foundation that calls the edge can no longer be run, tested or moved
without it, and the next call closes a ring.

How: `layers` lists groups of domains from the top down. A call may go to its own group or to any group below it.
Domains that no layer names are free.

    # platform.yaml
    layers: [[edge], [vision], [foundation]]
    # manifests/id.yaml, domain foundation
    calls:
      - {to: gateway}          # gateway is in edge: upward

Mend it: turn the call round, publish to a channel, or move what is needed into a lower layer.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each call to a higher layer."""
    layers = facts.system.platform.layers
    level = {domain: at for at, layer in enumerate(layers) for domain in layer}
    if not level:
        return
    services = facts.services
    deep = {name: level.get(service.domain, -1) for name, service in services.items()}
    high = {name: level.get(service.domain, len(level)) for name, service in services.items()}
    for edge in facts.graph.edges:
        if deep[edge.source] > high[edge.target] and (edge.source, edge.target) not in facts.graph.cut:
            above, below = services[edge.source].domain, services[edge.target].domain
            yield Breach(
                f"{edge.source} ({above}, layer {level[above] + 1}) calls {edge.target} "
                f"({below}, layer {level[below] + 1}): upward",
                facts.graph.place(edge),
                "turn the call round, publish to a channel, or move what is needed into a lower layer",
                (Related("the layers, from the top down", facts.platform_place("layers")),),
                service=edge.source,
                subject=f"{edge.source} > {edge.target}",
            )
