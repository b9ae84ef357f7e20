"""A crowded picture in blocks: inside a domain every arrow, between domains one for all, and names at both ends."""

from dataclasses import replace
from typing import Final

from .hubs import fold
from .merging import bundled
from .picture import Group, Node, NodeKind, Picture

CROWDED: Final = 48
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

    What is folded already, the calls to hubs, is in no bundle: everybody would have one to the hubs' block.
    """
    nodes = tuple(_housed(node) for node in picture.nodes)
    used = {node.group for node in nodes}
    groups = (*picture.groups, *(group for group in _OUTSIDE.values() if group.id in used))
    home = {node.id: node.group or node.id for node in nodes}
    far = [edge for edge in picture.edges if home[edge.source] != home[edge.target]]
    folded = fold(replace(picture, nodes=nodes, groups=groups), far)
    return replace(folded, bundles=bundled(far, home))


def _housed(node: Node) -> Node:
    return replace(node, group=_OUTSIDE[node.kind].id) if node.kind in _OUTSIDE and not node.group else node
