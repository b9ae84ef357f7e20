"""What everybody calls is drawn once: at each caller stands its name instead of an arrow."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .picture import Change, Edge, EdgeKind, Mark, Node, Picture, Sight

AUTOMATIC: Final = 6
_SMALL: Final = 20


def fold_hubs(picture: Picture, degree: int | None = None, keep: str | None = None) -> Picture:
    """The picture with calls to hubs folded into marks at their callers.

    A hub is what so many (`degree`) others call. None leaves it to the picture: AUTOMATIC callers, and no hubs at all
    in a picture that is small; 0 is never. Arrows of the node `keep` stay. Calls in a ring and calls that differ
    are always drawn: they are what the reader looks for.
    """
    if degree is None:
        degree = AUTOMATIC if picture.services > _SMALL else 0
    if not degree:
        return picture
    callers = Counter(target for target, _ in {(edge.target, edge.source) for edge in picture.edges if _is_call(edge)})
    hubs = {id for id, number in callers.items() if number >= degree}
    return fold(picture, (edge for edge in picture.edges if edge.target in hubs and _is_plain(edge, keep)))


def fold(picture: Picture, edges: Iterable[Edge]) -> Picture:
    """The picture with these arrows as marks: a call at its caller, a stream at the service that uses the channel."""
    folded = {edge.key: edge for edge in edges}
    if not folded:
        return picture
    names = {node.id: node.name for node in picture.nodes}
    marks: dict[str, list[Mark]] = {}
    for edge in folded.values():
        near, far = (edge.target, edge.source) if edge.kind is EdgeKind.SUBSCRIBE else (edge.source, edge.target)
        marks.setdefault(near, []).append(Mark(names[far], edge))
    callers = Counter(edge.target for edge in folded.values() if _is_call(edge))
    return replace(
        picture,
        nodes=tuple(_marked(node, marks.get(node.id, []), callers[node.id]) for node in picture.nodes),
        edges=tuple(edge for edge in picture.edges if edge.key not in folded),
        folded=tuple(sorted((*picture.folded, *folded.values()), key=lambda edge: edge.key)),
    )


def unfold(picture: Picture) -> Picture:
    """The picture with every arrow drawn again that stood as marks or in a bundle."""
    nodes = tuple(replace(node, marks=(), folded_callers=0) for node in picture.nodes)
    edges = tuple(sorted((*picture.edges, *picture.folded), key=lambda edge: edge.key))
    return replace(picture, nodes=nodes, edges=edges, folded=(), bundles=())


def _is_call(edge: Edge) -> bool:
    return edge.kind is EdgeKind.CALL


def _is_plain(edge: Edge, keep: str | None) -> bool:
    sighting = edge.sighting
    seen = sighting is None or sighting.accepted or sighting.sight in (Sight.SEEN, Sight.UNSEEN)
    plain = not edge.ring and edge.change is Change.SAME and seen
    return _is_call(edge) and plain and keep not in (edge.source, edge.target)


def _marked(node: Node, marks: list[Mark], callers: int) -> Node:
    if not marks and not callers:
        return node
    ordered = sorted((*node.marks, *marks), key=lambda mark: (mark.edge.kind.value, mark.name, mark.edge.key))
    return replace(node, marks=tuple(ordered), folded_callers=node.folded_callers + callers)
