"""Arrows between the same ends become one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from .picture import Change, Edge, EdgeKind, Sight, Sighting


def merged(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges sorted, with those of one key joined: required when one is, in a ring when one is."""
    joined: dict[tuple[str, str, str, str], Edge] = {}
    for edge in edges:
        other = joined.get(edge.key)
        joined[edge.key] = edge if other is None else _joined(other, edge)
    return tuple(joined[key] for key in sorted(joined))


def _joined(one: Edge, other: Edge) -> Edge:
    return replace(
        one,
        required=one.required or other.required,
        count=one.count + other.count,
        timeout=one.timeout if one.timeout == other.timeout else "",
        retries=max(one.retries, other.retries),
        version=one.version if one.version == other.version else "",
        ring=one.ring or other.ring,
        cut=one.cut or other.cut,
        change=one.change if one.change is other.change else Change.CHANGED,
        rate=one.rate + other.rate,
        notes=(*one.notes, *other.notes),
    )


def _together(sightings: Iterable[Sighting | None]) -> Sighting | None:
    """What was seen of several calls, and how often and how badly all were made; accepted differences are none."""
    known = [each for each in sightings if each]
    if not known:
        return None
    open = [each for each in known if not each.accepted]
    sights = {each.sight for each in open or known}
    whole = max(sights, key=list(Sight).index)
    mixed = whole is not Sight.UNDECLARED and len(sights) > 1 and sights & {Sight.SEEN, Sight.PARTLY}
    counts = sum(each.count for each in known), sum(each.errors for each in known)
    return Sighting(Sight.PARTLY if mixed else whole, *counts, accepted=not open)


def bundled(edges: Iterable[Edge], home: Mapping[str, str]) -> tuple[Edge, ...]:
    """One arrow for all of a kind between the homes of their ends, sorted; none for what stays inside one home."""
    bundles: dict[tuple[str, str, EdgeKind], list[Edge]] = {}
    for edge in edges:
        source, target = home[edge.source], home[edge.target]
        if source != target:
            bundles.setdefault((source, target, edge.kind), []).append(edge)
    return tuple(_bundle(*ends, bundles[ends]) for ends in sorted(bundles))


def _bundle(source: str, target: str, kind: EdgeKind, edges: list[Edge]) -> Edge:
    changes = {edge.change for edge in edges}
    return Edge(
        source,
        target,
        kind,
        required=any(edge.required for edge in edges),
        count=sum(edge.count for edge in edges),
        ring=any(edge.ring for edge in edges),
        cut=any(edge.cut for edge in edges),
        change=changes.pop() if len(changes) == 1 else Change.CHANGED,
        rate=sum(edge.rate for edge in edges),
        notes=tuple(note for edge in edges for note in edge.notes),
        sighting=_together(edge.sighting for edge in edges),
    )
