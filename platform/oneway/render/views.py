"""Other views of a picture: rolled up, looked at around one service, without what goes without saying."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from .hubs import fold, unfold
from .merging import bundled
from .picture import Change, Edge, EdgeKind, Node, NodeKind, Picture, counted

LARGE: Final = 300
READABLE: Final = 120
_NAMES: Final = 12


class By(StrEnum):
    """What one node stands for."""

    SERVICE = "service"
    DOMAIN = "domain"
    OWNER = "owner"


class Direction(StrEnum):
    """Which way to look from a service."""

    CALLERS = "callers"
    CALLS = "calls"
    BOTH = "both"


_DIRECTIONS: Final = {
    Direction.CALLERS: "its callers",
    Direction.CALLS: "its calls",
    Direction.BOTH: "callers and calls",
}


def rolled_up(picture: Picture, by: By) -> Picture:
    """One node per domain or owner, with the arrows between them counted; those inside one are only counted."""
    if by is By.SERVICE:
        return picture
    kind, picture = NodeKind(by.value), unfold(picture)
    home = {node.id: _home(node, kind) for node in picture.nodes}
    inside: Counter[str] = Counter()
    for edge in picture.edges:
        if home[edge.source] == home[edge.target]:
            inside[home[edge.source]] += edge.count
    members: dict[str, list[Node]] = {}
    for node in picture.nodes:
        members.setdefault(home[node.id], []).append(node)
    nodes = [
        replace(nodes[0], group="") if nodes[0].services == 0 else _summed(id, kind, nodes, inside[id], picture)
        for id, nodes in members.items()
    ]
    return replace(
        picture,
        by=by.value,
        nodes=tuple(sorted(nodes, key=lambda node: (node.kind.value, node.id))),
        edges=bundled(picture.edges, home),
        groups=(),
    )


def _home(node: Node, kind: NodeKind) -> str:
    if node.kind is not NodeKind.SERVICE:
        return node.id
    return f"{kind.value}:{node.group if kind is NodeKind.DOMAIN else node.owner}"


def _summed(id: str, kind: NodeKind, nodes: list[Node], inside: int, picture: Picture) -> Node:
    changes = {node.change for node in nodes}
    name = id.partition(":")[2]
    public = sum(port.public for node in nodes for port in node.ports)
    summaries = {group.id: group.summary for group in picture.groups}
    details = (("public", counted(public, "public access point")),) if public else ()
    owners = {node.owner for node in nodes}
    return Node(
        id,
        kind,
        name,
        owner=owners.pop() if len(owners) == 1 else "",
        summary=summaries.get(name, "") if kind is NodeKind.DOMAIN else "",
        details=details,
        services=sum(node.services for node in nodes),
        inside=inside,
        change=changes.pop() if len(changes) == 1 else Change.CHANGED,
    )


def focused(picture: Picture, service: str, depth: int, direction: Direction) -> Picture:
    """Only what is within so many calls of a service, and the channels that it or two of those shown use."""
    kept = {service}
    if direction is not Direction.CALLS:
        kept |= _within(service, depth, _neighbours(picture.edges, forward=False))
    if direction is not Direction.CALLERS:
        kept |= _within(service, depth, _neighbours(picture.edges, forward=True))
    kept |= _channels(picture, service, kept)
    remark = f"around {service}: {_DIRECTIONS[direction]}, {counted(depth, 'call')} deep"
    return replace(only(picture, kept), remarks=(*picture.remarks, remark))


def only(picture: Picture, kept: Iterable[str]) -> Picture:
    """The picture with these nodes alone, and the arrows between them."""
    wanted = frozenset(kept)
    nodes = tuple(node for node in picture.nodes if node.id in wanted)
    used = {node.group for node in nodes}
    return replace(
        picture,
        nodes=nodes,
        edges=tuple(edge for edge in picture.edges if edge.source in wanted and edge.target in wanted),
        groups=tuple(group for group in picture.groups if group.id in used),
    )


def _neighbours(edges: Iterable[Edge], forward: bool) -> Mapping[str, list[str]]:
    table: dict[str, list[str]] = {}
    for edge in edges:
        if edge.kind is EdgeKind.CALL:
            near, far = (edge.source, edge.target) if forward else (edge.target, edge.source)
            table.setdefault(near, []).append(far)
    return table


def _within(start: str, depth: int, neighbours: Mapping[str, list[str]]) -> set[str]:
    reached, edge = {start}, [start]
    for _ in range(depth):
        edge = [far for near in edge for far in neighbours.get(near, ()) if far not in reached]
        if not edge:
            break
        reached.update(edge)
    return reached


def _channels(picture: Picture, service: str, kept: set[str]) -> set[str]:
    users: dict[str, set[str]] = {}
    for edge in picture.edges:
        if edge.kind is not EdgeKind.CALL:
            channel, user = (edge.target, edge.source) if edge.kind is EdgeKind.PUBLISH else (edge.source, edge.target)
            users.setdefault(channel, set()).add(user)
    return {channel for channel, those in users.items() if service in those or len(those & kept) > 1}


def reduced(picture: Picture) -> Picture:
    """Without calls inside a domain that also go another way round inside it. Calls of a ring all stay."""
    import networkx

    group = {node.id: node.group for node in picture.nodes}
    inside = networkx.DiGraph(
        (edge.source, edge.target)
        for edge in picture.edges
        if _plain(edge) and group[edge.source] and group[edge.source] == group[edge.target]
    )
    hidden = inside.edges - networkx.transitive_reduction(inside).edges
    edges = tuple(edge for edge in picture.edges if not (_plain(edge) and (edge.source, edge.target) in hidden))
    missing = sum(edge.count for edge in picture.edges) - sum(edge.count for edge in edges)
    if not missing:
        return picture
    are = "is" if missing == 1 else "are"
    remark = f"{counted(missing, 'call')} inside a domain {are} not drawn: longer ways lead there as well"
    return replace(picture, edges=edges, left_out=picture.left_out + missing, remarks=(*picture.remarks, remark))


def readable(picture: Picture) -> Picture:
    """Of more arrows than a page can show, names at both ends instead, the strongest few at every node.

    Calls in rings and arrows that differ stay arrows.
    """
    if len(picture.edges) <= READABLE:
        return picture
    kept = _strongest(picture.edges)
    edges = tuple(edge for edge in picture.edges if edge.key in kept)
    left_out = sum(edge.count for edge in picture.edges) - sum(edge.count for edge in edges)
    remarks = picture.remarks
    if left_out:
        remark = f"{len(edges):,} of {len(picture.edges):,} arrows: each box's strongest; .html and .json have them all"
        remarks = (*remarks, remark)
    picture = replace(picture, edges=edges, left_out=picture.left_out + left_out, remarks=remarks, shelved=True)
    return fold(picture, (edge for edge in edges if not edge.ring and edge.change is Change.SAME))


def _strongest(edges: Iterable[Edge]) -> set[tuple[str, str, str, str]]:
    """The edges of which each node has few, and all in rings and all that differ."""
    leaving: dict[str, list[Edge]] = {}
    for edge in edges:
        leaving.setdefault(edge.source, []).append(edge)
    strong = {edge.key for each in leaving.values() for edge in sorted(each, key=_strength)[:_NAMES]}
    return strong | {edge.key for edge in edges if edge.ring or edge.change is not Change.SAME}


def _strength(edge: Edge) -> tuple[int, tuple[str, str, str, str]]:
    return (-edge.count, edge.key)


def _plain(edge: Edge) -> bool:
    return edge.kind is EdgeKind.CALL and not edge.ring and edge.change is Change.SAME
