"""Declared against seen: where the manifests and the evidence disagree."""

from dataclasses import dataclass

from ..graph import CallGraph
from .observed import Observed, ObservedCall


@dataclass(frozen=True, slots=True)
class Drift:
    """What only one side knows: `undeclared` calls were seen and are in no manifest; `unseen` is the reverse."""

    undeclared: tuple[tuple[ObservedCall, ...], ...] = ()
    unseen: tuple[tuple[str, str], ...] = ()
    unknown_services: tuple[str, ...] = ()
    unseen_services: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is any difference."""
        return bool(self.undeclared or self.unseen or self.unknown_services or self.unseen_services)


def compare(graph: CallGraph, observed: Observed) -> Drift:
    """Calls are compared between services that both sides know; a service that one side lacks is said once."""
    declared = {(edge.source, edge.target) for edge in graph.edges}
    seen = {service.name for service in observed.services}
    known = set(graph.calls)
    pairs = observed.pairs()
    both = seen & known
    return Drift(
        undeclared=tuple(calls for pair, calls in pairs.items() if pair not in declared and set(pair) <= both),
        unseen=tuple(sorted(pair for pair in declared if pair not in pairs and set(pair) <= both)),
        unknown_services=tuple(sorted(seen - known)),
        unseen_services=tuple(sorted(known - seen)),
    )
