"""What is different between two pictures: drawn as one picture, and said in words."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from .picture import Change, Edge, EdgeKind, Node, Owner, Picture
from .views import only
from .words import edge_words

Part = TypeVar("Part", Node, Edge)


def difference(before: Picture, after: Picture, revision: str) -> Picture:
    """Everything of both pictures, each part marked: the same, added, removed or changed."""
    olds, news = {node.id: node for node in before.nodes}, {node.id: node for node in after.nodes}
    nodes = [replace(node, change=_change(olds.get(node.id), node, _shown)) for node in after.nodes]
    nodes += [replace(node, change=Change.REMOVED) for node in before.nodes if node.id not in news]
    old_edges, new_edges = {edge.key: edge for edge in before.edges}, {edge.key: edge for edge in after.edges}
    edges = [replace(edge, change=_change(old_edges.get(edge.key), edge, _terms)) for edge in after.edges]
    gone = [edge for edge in before.edges if edge.key not in new_edges]
    edges += [replace(edge, change=Change.REMOVED, ring=False, cut=False) for edge in gone]
    groups = {group.id: group for group in (*before.groups, *after.groups)}
    both = replace(
        after,
        nodes=tuple(sorted(nodes, key=lambda node: (node.kind.value, node.id))),
        edges=tuple(sorted(edges, key=lambda edge: edge.key)),
        groups=tuple(groups[id] for id in sorted(groups)),
        owners=_owners(before, after),
        difference=True,
    )
    said = tuple(_said(both, olds, old_edges))
    summary = f"compared with {revision}: " + (f"{len(said)} differences" if len(said) > 1 else _one(said))
    return replace(both, words=said, remarks=(*after.remarks, summary))


def _one(said: tuple[str, ...]) -> str:
    return "1 difference" if said else "nothing is different"


def _change(old: Part | None, new: Part, shown: Callable[[Part], object]) -> Change:
    if old is None:
        return Change.ADDED
    return Change.SAME if shown(old) == shown(new) else Change.CHANGED


def _shown(node: Node) -> tuple[object, ...]:
    drawn = (node.replicas, node.ports, node.slo, node.declared, node.left_out)
    return (node.name, node.group, node.owner, node.version, *drawn)


def _terms(edge: Edge) -> tuple[object, ...]:
    return (edge.required, edge.count, edge.timeout, edge.retries, edge.version)


def _owners(before: Picture, after: Picture) -> tuple[Owner, ...]:
    """Owners of both, with the colours that they have now; those who are gone come after them."""
    kept = {owner.id: owner for owner in after.owners}
    gone = [owner for owner in before.owners if owner.id not in kept]
    free = 1 + max((owner.color for owner in after.owners), default=-1)
    kept |= {owner.id: replace(owner, color=free + at) for at, owner in enumerate(gone)}
    return tuple(kept[id] for id in sorted(kept))


def _said(picture: Picture, olds: dict[str, Node], old_edges: dict[tuple[str, str, str, str], Edge]) -> Iterator[str]:
    for node in picture.nodes:
        if node.change in (Change.ADDED, Change.REMOVED):
            yield _existence(node)
        elif node.change is Change.CHANGED:
            yield f"{_called(node)}: " + "; ".join(_node_changes(olds[node.id], node))
    names = {node.id: node.name for node in picture.nodes}
    for edge in picture.edges:
        if edge.change is Change.CHANGED:
            yield f"{_between(edge, names)}: " + "; ".join(_edge_changes(old_edges[edge.key], edge))
        elif edge.change is not Change.SAME:
            verb = "new: " if edge.change is Change.ADDED else "gone: "
            yield verb + edge_words(replace(edge, change=Change.SAME), names)


def _existence(node: Node) -> str:
    verb = "new: " if node.change is Change.ADDED else "gone: "
    more = [f"owner {node.owner}" if node.owner else "", f"domain {node.group}" if node.group else ""]
    words = ", ".join(part for part in more if part)
    return f"{verb}{_called(node)}" + (f" {node.version}" if node.version else "") + (f" ({words})" if words else "")


def _called(node: Node) -> str:
    return f"{node.kind.value} {node.name}"


def _between(edge: Edge, names: dict[str, str]) -> str:
    verb = "calls" if edge.kind is EdgeKind.CALL else edge.kind.value
    return f"{names[edge.source]} {verb} {names[edge.target]}" + (f"/{edge.endpoint}" if edge.endpoint else "")


def _node_changes(old: Node, new: Node) -> Iterator[str]:
    pairs = (
        ("version", old.version, new.version),
        ("owner", old.owner, new.owner),
        ("domain", old.group, new.group),
        ("replicas", old.replicas, new.replicas),
        ("endpoints", _ports(old), _ports(new)),
        ("objectives", _pairs(old.slo), _pairs(new.slo)),
    )
    yield from (f"{name} {was or 'none'} → {now or 'none'}" for name, was, now in pairs if was != now)
    if old.declared != new.declared:
        yield "is declared now" if new.declared else "is no longer declared"
    if old.left_out != new.left_out:
        yield "is left out of this environment now" if new.left_out else "is no longer left out of this environment"


def _ports(node: Node) -> str:
    return ", ".join(f"{'public ' * port.public}{port.name} {port.protocol}:{port.port}" for port in node.ports)


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} {value}" for name, value in pairs)


def _edge_changes(old: Edge, new: Edge) -> Iterator[str]:
    if old.required != new.required:
        yield "is required now" if new.required else "is no longer required"
    pairs = (
        ("timeout", old.timeout, new.timeout),
        ("retries", str(old.retries), str(new.retries)),
        ("version", old.version, new.version),
        ("count", str(old.count), str(new.count)),
    )
    yield from (f"{name} {was or 'any'} → {now or 'any'}" for name, was, now in pairs if was != now)


def surroundings(picture: Picture) -> Picture:
    """What is different, and what is one arrow away from a node that is, or that has other arrows of its own."""
    own = {node.id for node in picture.nodes if node.change is not Change.SAME}
    own |= {_user(edge) for edge in picture.edges if edge.change is not Change.SAME}
    edges = tuple(edge for edge in picture.edges if own & {edge.source, edge.target})
    return only(replace(picture, edges=edges), own | {end for edge in edges for end in (edge.source, edge.target)})


def _user(edge: Edge) -> str:
    """Whose manifest declares the arrow."""
    return edge.target if edge.kind is EdgeKind.SUBSCRIBE else edge.source
