"""The picture as versioned JSON for programs."""

import json
from typing import Any, Final

from .picture import ROLLED_UP, Change, Edge, EdgeKind, Node, NodeKind, Picture

VERSION: Final = 1


def as_json(picture: Picture) -> str:
    """`{"version": 1, "nodes": […], "edges": […], …}`; endpoints are nodes of their own."""
    return json.dumps(document(picture), ensure_ascii=False, indent=2) + "\n"


def document(picture: Picture) -> dict[str, Any]:
    """The same as plain values."""
    nodes = [value for node in picture.nodes for value in _node(node, picture)]
    document: dict[str, Any] = {
        "version": VERSION,
        "platform": picture.title,
        "environment": picture.environment or None,
        "by": picture.by,
        "nodes": sorted(nodes, key=lambda node: (node["kind"], node["id"])),
        "edges": [_edge(edge, picture) for edge in _edges(picture)],
        "domains": [{"id": group.id, "summary": group.summary} for group in picture.groups],
        "owners": [{"id": owner.id, "name": owner.name} for owner in picture.owners],
    }
    if picture.remarks:
        document["remarks"] = list(picture.remarks)
    if picture.difference or picture.sightings:
        document["changes"] = list(picture.words)
    return document


def _node(node: Node, picture: Picture) -> list[dict[str, Any]]:
    value: dict[str, Any] = {"id": node.id, "kind": node.kind.value, "name": node.name}
    if node.kind is NodeKind.SERVICE:
        value |= {
            "domain": node.group,
            "owner": node.owner,
            "version": node.version,
            "replicas": node.replicas,
            "summary": node.summary,
            "slo": dict(node.slo),
            **({"left_out": True} if node.left_out else {}),
        }
        if node.role:
            value["role"] = node.role
    elif node.kind in ROLLED_UP:
        value |= {"services": node.services}
    else:
        value |= {"summary": node.summary, "declared": node.declared, "details": dict(node.details)}
    if picture.difference:
        value["change"] = node.change.value
    return [value, *_endpoints(node)]


def _endpoints(node: Node) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{node.id}/{port.name}",
            "kind": "endpoint",
            "name": port.name,
            "service": node.id,
            "domain": node.group,
            "owner": node.owner,
            "port": port.port,
            "protocol": port.protocol,
            "public": port.public,
        }
        for port in node.ports
    ]


def _edges(picture: Picture) -> list[Edge]:
    return sorted((*picture.edges, *picture.folded), key=lambda edge: edge.key)


def _edge(edge: Edge, picture: Picture) -> dict[str, Any]:
    value: dict[str, Any] = {"from": edge.source, "to": edge.target, "kind": edge.kind.value}
    if edge.kind is EdgeKind.CALL:
        value |= {"required": edge.required, "endpoint": edge.endpoint or None}
        if picture.by == "service":
            value |= {"timeout": edge.timeout, "retries": edge.retries, "version": edge.version or None}
    if picture.by != "service":
        value["count"] = edge.count
    if edge.ring:
        value |= {"ring": True, "cut": edge.cut}
    if edge.sighting:
        value["sighting"] = {
            "sight": edge.sighting.sight.value,
            "count": edge.sighting.count,
            "errors": edge.sighting.errors,
            "p50": edge.sighting.p50,
            "p99": edge.sighting.p99,
            **({"accepted": True} if edge.sighting.accepted else {}),
        }
    if edge.change is not Change.SAME or picture.difference:
        value["change"] = edge.change.value
    return value
