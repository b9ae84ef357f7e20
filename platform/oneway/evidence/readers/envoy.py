"""Envoy's configuration: whom its clusters lead to."""

from collections.abc import Iterable, Iterator
from typing import Any

from ..mentions import Kind, Mention
from ..sources import Fact, Sources
from ..yaml_reader import Map, Seq, place_of


def is_envoy(document: Any) -> bool:
    """Whether this is a configuration of Envoy: static resources, or clusters with where they lead to."""
    return isinstance(document, Map) and any(True for _ in _clusters(document))


def read_envoy(documents: Iterable[tuple[str, Any]], sources: Sources) -> Iterator[Fact]:
    """The addresses of every cluster."""
    for file, document in documents:
        for cluster in _clusters(document):
            said = f"cluster {cluster.get('name', '')}".strip()
            for address in _addresses(cluster):
                host, port = str(address.get("address") or ""), address.get("port_value")
                place = place_of(address, "address", file)
                yield Mention(Kind.CONFIGURATION, "", place, said, host, port if isinstance(port, int) else 0)


def _clusters(document: Map) -> Iterator[Map]:
    static = document.get("static_resources")
    for each in (static if isinstance(static, Map) else Map()), document:
        given = each.get("clusters")
        for cluster in given if isinstance(given, Seq) else ():
            if isinstance(cluster, Map) and ("load_assignment" in cluster or "hosts" in cluster):
                yield cluster


def _addresses(node: Any) -> Iterator[Map]:
    """Every socket address below a node."""
    for key, value in node.items() if isinstance(node, Map) else ():
        if key == "socket_address" and isinstance(value, Map):
            yield value
        else:
            yield from _addresses(value)
    for each in node if isinstance(node, Seq) else ():
        yield from _addresses(each)
