"""What was seen of the declared calls, drawn as one picture: seen, not seen, seen but not declared."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from .build import external_id
from .picture import Edge, EdgeKind, Node, NodeKind, Picture, Sight, Sighting
from .words import sighting_words

Pair = tuple[str, str]
_CALLED: Final = (NodeKind.EXTERNAL, NodeKind.SERVICE)  # a service and an external of one name: the service is meant


def sighted(
    picture: Picture, sightings: Mapping[Pair, Sighting], unknown: Iterable[str] = (), remarks: tuple[str, ...] = ()
) -> Picture:
    """The picture with what was seen of each call; `unknown` are services that no manifest declares.

    Calls of one caller to several endpoints of one callee share what was seen: evidence seldom tells them apart.
    """
    homes = {node.id for node in picture.nodes}
    strangers = tuple(
        Node(external_id(name), NodeKind.EXTERNAL, name, services=0, declared=False)
        for name in sorted(set(unknown))
        if external_id(name) not in homes
    )
    nodes = tuple(sorted((*picture.nodes, *strangers), key=lambda node: (node.kind.value, node.id)))
    names = {node.id: node.name for node in nodes}
    ends = {node.name: node.id for kind in _CALLED for node in nodes if node.kind is kind}
    edges = [_with(edge, sightings.get((names[edge.source], names[edge.target]))) for edge in picture.edges]
    drawn = {(names[edge.source], names[edge.target]) for edge in edges if edge.kind is EdgeKind.CALL}
    edges += [
        Edge(ends[source], ends[target], sighting=sighting)
        for (source, target), sighting in sightings.items()
        if (source, target) not in drawn and source in ends and target in ends
    ]
    both = replace(
        picture,
        nodes=nodes,
        edges=tuple(sorted(edges, key=lambda edge: edge.key)),
        sightings=True,
    )
    return replace(both, words=tuple(_words(both)), remarks=(*both.remarks, _counts(both), *remarks))


def _with(edge: Edge, sighting: Sighting | None) -> Edge:
    return replace(edge, sighting=sighting) if edge.kind is EdgeKind.CALL else edge


def _words(picture: Picture) -> Iterator[str]:
    names = {node.id: node.name for node in picture.nodes}
    for wanted in (Sight.UNDECLARED, Sight.MISSING, Sight.UNSEEN):
        for edge in picture.edges:
            if edge.sighting and edge.sighting.standing == wanted.value:
                yield f"{names[edge.source]} calls {names[edge.target]}: {sighting_words(edge.sighting)}"
    known = {node.id for node in picture.nodes if node.kind is NodeKind.EXTERNAL and not node.declared}
    yield from (f"{names[id]} exists, and no manifest declares it" for id in sorted(known))


def _counts(picture: Picture) -> str:
    calls = [edge for edge in picture.edges if edge.kind is EdgeKind.CALL]
    number = Counter(edge.sighting.standing for edge in calls if edge.sighting)
    unseen = number[Sight.UNSEEN] + number[Sight.MISSING]
    unknown = sum(edge.sighting is None for edge in calls)
    parts = [f"{number[Sight.SEEN]:,} seen", f"{unseen:,} not seen", f"{number[Sight.UNDECLARED]:,} not declared"]
    parts += [f"{number['accepted']:,} accepted"] if number["accepted"] else []
    parts += [f"{unknown:,} that nothing given could show"] if unknown else []
    return "calls: " + ", ".join(parts)
