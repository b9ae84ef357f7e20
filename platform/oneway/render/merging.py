"""Arrows between the same ends become one."""

from collections.abc import Iterable
from dataclasses import replace

from .picture import Change, Edge


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
    )
