"""A crowded picture in blocks: inside a domain every arrow, between domains one for all, and names at both ends."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from .hubs import fold
from .merging import bundled
from .picture import Change, Edge, EdgeKind, Group, Node, NodeKind, Picture

CROWDED: Final = 48
CLOUD: Final = 12
_OUTSIDE: Final = {
    NodeKind.CHANNEL: Group("channel:", "channels", "Asynchronous streams"),
    NodeKind.EXTERNAL: Group("external:", "externals", "Called, but not deployed here"),
}


def is_crowded(picture: Picture) -> bool:
    """Whether arrows between domains are too many for a reader to follow, and there are domains to put in blocks."""
    home = {node.id: node.group or node.id for node in picture.nodes}
    far = sum(home[edge.source] != home[edge.target] for edge in picture.edges)
    return len(picture.groups) > 1 and far > CROWDED


def in_blocks(picture: Picture) -> Picture:
    """The picture with channels and externals in blocks of their own, and all arrows between blocks bundled.

    What is folded already, the calls to hubs, is in no bundle: everybody would have one to the hubs' block. Neither is
    what goes to a block that very many others use.
    """
    nodes = tuple(_housed(node) for node in picture.nodes)
    used = {node.group for node in nodes}
    groups = (*picture.groups, *(group for group in _OUTSIDE.values() if group.id in used))
    home = {node.id: node.group or node.id for node in nodes}
    far = [edge for edge in picture.edges if home[edge.source] != home[edge.target]]
    folded = fold(replace(picture, nodes=nodes, groups=groups), far)
    bundles = bundled(far, home)
    users = _users(bundles)
    kept = tuple(edge for edge in bundles if not _plain(edge) or _used(edge) not in users)
    if not kept:
        return replace(folded, bundles=bundles)
    groups = tuple(replace(group, users=users.get(group.id, 0)) for group in folded.groups)
    return replace(folded, groups=groups, bundles=kept)


def _users(bundles: Iterable[Edge]) -> dict[str, int]:
    """The blocks that so many others use that arrows from all of them would only be a cloud."""
    ends = {(_used(edge), _user(edge)) for edge in bundles if _plain(edge)}
    counts = Counter(used for used, _ in ends)
    return {id: number for id, number in counts.items() if number >= CLOUD}


def _used(edge: Edge) -> str:
    return edge.source if edge.kind is EdgeKind.SUBSCRIBE else edge.target


def _user(edge: Edge) -> str:
    return edge.target if edge.kind is EdgeKind.SUBSCRIBE else edge.source


def _plain(edge: Edge) -> bool:
    return not edge.ring and edge.change is Change.SAME


def _housed(node: Node) -> Node:
    return replace(node, group=_OUTSIDE[node.kind].id) if node.kind in _OUTSIDE and not node.group else node
