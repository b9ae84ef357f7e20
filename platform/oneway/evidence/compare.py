"""Declared against seen: where the manifests and the evidence disagree."""

from collections.abc import Collection
from dataclasses import dataclass

from ..graph import CallGraph
from .observed import Observed, ObservedCall


@dataclass(frozen=True, slots=True)
class Drift:
    """What only one side knows: `undeclared` calls were seen and are in no manifest; `unseen` is the reverse.

    `missing` are those unseen calls that the evidence would have shown, had anybody made them. `accepted` counts what
    the manifests live with.
    """

    undeclared: tuple[tuple[ObservedCall, ...], ...] = ()
    unseen: tuple[tuple[str, str], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    unknown_services: tuple[str, ...] = ()
    unseen_services: tuple[str, ...] = ()
    whole: bool = True
    accepted: int = 0

    @property
    def any(self) -> bool:
        """Whether there is any difference."""
        return bool(self.undeclared or self.unseen or self.unknown_services or self.unseen_services)

    @property
    def wrong(self) -> bool:
        """Whether somebody has to change something: the manifests, or the system."""
        return bool(self.undeclared or self.missing or self.unknown_services)


def compare(
    graph: CallGraph,
    observed: Observed,
    described: frozenset[str] | None = None,
    externals: frozenset[str] = frozenset(),
    outside: Collection[tuple[str, str]] = (),
) -> Drift:
    """Calls are compared between services that both sides know; a service that one side lacks is said once.

    `described` are the services that the evidence itself shows, where that is less than all it was told of; `outside`
    are the declared calls to `externals`, which no evidence describes.
    """
    declared = {(edge.source, edge.target) for edge in graph.edges} | set(outside)
    seen = {service.name for service in observed.services} if described is None else described
    known = set(graph.calls) | externals
    pairs = observed.pairs()
    both = seen & known
    looked = {pair for pair in declared if set(pair) <= both or (pair[0] in observed.searched and set(pair) <= known)}
    unseen = tuple(sorted(looked - pairs.keys()))
    return Drift(
        undeclared=tuple(calls for pair, calls in pairs.items() if pair not in declared and set(pair) <= known),
        unseen=unseen,
        missing=tuple(pair for pair in unseen if pair[0] in observed.searched),
        unknown_services=tuple(sorted(seen - known)),
        unseen_services=tuple(sorted(known - seen - externals)),
        whole=observed.whole,
    )
