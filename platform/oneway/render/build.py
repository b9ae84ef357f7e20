"""From the declared call graph to the full picture, one node per service."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..graph import CallGraph
from ..model import Call, Channel, External, Service, System
from ..model.secrets import redact
from .merging import merged
from .picture import Edge, EdgeKind, Group, Node, NodeKind, Note, Owner, Picture, Port


def draw(graph: CallGraph, notes: Mapping[str, tuple[Note, ...]] | None = None) -> Picture:
    """The picture of every service, channel, external and call of the system.

    A call to a name that nobody declared is drawn as well, to an external that says so: leaving it out
    would be untrue. Values of environment variables and names of secrets are never part of a picture.
    """
    system = graph.system
    edges = merged((*_calls(graph, notes or {}), *_streams(system)))
    return Picture(
        title=system.platform.name,
        environment=system.environment or "",
        nodes=tuple(sorted(_nodes(system, edges, notes or {}), key=lambda node: (node.kind.value, node.id))),
        edges=_marked(graph, edges),
        groups=_groups(system),
        owners=_owners(system),
    )


def channel_id(name: str) -> str:
    """A channel may be called like a service, so its id says what it is."""
    return f"channel:{name}"


def external_id(name: str) -> str:
    """An external may be called like a service, so its id says what it is."""
    return f"external:{name}"


def _nodes(system: System, edges: Iterable[Edge], notes: Mapping[str, tuple[Note, ...]]) -> Iterable[Node]:
    for service in system.services.values():
        yield _service(service, system, notes.get(service.name, ()))
    touched = {name for edge in edges for name in (edge.source, edge.target)}
    platform = system.platform
    for name in sorted({*platform.channels, *_named("channel", touched)}):
        yield _channel(name, platform.channels.get(name))
    for name in sorted({*platform.externals, *_named("external", touched)}):
        yield _external(name, platform.externals.get(name))


def _named(kind: str, ids: Iterable[str]) -> set[str]:
    return {id.partition(":")[2] for id in ids if id.startswith(f"{kind}:")}


def _channel(name: str, declared: Channel | None) -> Node:
    node = Node(channel_id(name), NodeKind.CHANNEL, name, services=0, declared=declared is not None)
    if declared is None:
        return node
    details = (("broker", declared.broker),) if declared.broker else ()
    return replace(node, summary=declared.summary, details=details)


def _external(name: str, declared: External | None) -> Node:
    node = Node(external_id(name), NodeKind.EXTERNAL, name, services=0, declared=declared is not None)
    if declared is None:
        return node
    details = (("kind", declared.kind), ("host", redact(declared.host)))
    return replace(node, summary=declared.summary, details=tuple(pair for pair in details if pair[1]))


def _service(service: Service, system: System, notes: tuple[Note, ...]) -> Node:
    return Node(
        id=service.name,
        kind=NodeKind.SERVICE,
        name=service.name,
        group=service.domain,
        owner=service.owner,
        version=service.version,
        replicas=_replicas(service),
        summary=service.summary,
        ports=tuple(Port(each.name, each.port, each.protocol, each.public) for each in service.endpoints),
        details=(("manifest", system.files[service.name]), *_load(service), *_kept(service)),
        role="" if service.kind == "service" else service.kind,
        left_out=not service.deploy,
        slo=tuple(_slo(service)),
        notes=notes,
    )


def _kept(service: Service) -> Iterable[tuple[str, str]]:
    """What it keeps and what runs by schedule."""
    if service.kind == "backing" and service.build.image:
        yield "image", service.build.image
    for volume in service.volumes:
        yield "volume", f"{volume.name}, {volume.size}"
    for name, job in sorted(service.jobs.items()):
        yield "job", f"{name}, {job.schedule or 'by hand'}"


def _replicas(service: Service) -> str:
    if service.kind == "job":
        return ""
    low, high = service.min_replicas, service.max_replicas
    return str(low) if low == high else f"{low}–{high}"


def _load(service: Service) -> Iterable[tuple[str, str]]:
    if service.load.requests_per_second:
        yield "own load", f"{service.load.requests_per_second:g} requests/s"


def _slo(service: Service) -> Iterable[tuple[str, str]]:
    if service.slo.availability is not None:
        yield "availability", f"{service.slo.availability:g} %"
    latency = service.slo.latency
    for name, value in (("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95), ("p99", latency.p99)):
        if value is not None:
            yield f"latency {name}", str(value)


def _calls(graph: CallGraph, notes: Mapping[str, tuple[Note, ...]]) -> Iterable[Edge]:
    for service in graph.system.services.values():
        said = notes.get(service.name, ())
        for call in service.calls:
            about = tuple(note for note in said if note.about == call.to)
            yield _call(service, call, graph, about)


def _call(service: Service, call: Call, graph: CallGraph, notes: tuple[Note, ...]) -> Edge:
    callee = graph.system.services.get(call.to)
    endpoint = callee.endpoint(call.endpoint) if callee else None
    return Edge(
        source=service.name,
        target=call.to if callee else external_id(call.to),
        endpoint=endpoint.name if endpoint else call.endpoint or "",
        required=call.required,
        timeout=str(call.timeout),
        retries=call.retries,
        version=call.version or "",
        protocol=endpoint.protocol if endpoint else "",
        rate=graph.demand[service.name] * call.per_request,
        notes=notes,
    )


def _streams(system: System) -> Iterable[Edge]:
    for service in system.services.values():
        for name in service.publishes:
            yield Edge(service.name, channel_id(name), EdgeKind.PUBLISH)
        for name in service.subscribes:
            yield Edge(channel_id(name), service.name, EdgeKind.SUBSCRIBE)


def _marked(graph: CallGraph, edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """The edges with the calls of a ring marked, and those whose removal opens all rings."""
    component, cut = graph.component_of, graph.cut
    return tuple(
        replace(edge, ring=True, cut=(edge.source, edge.target) in cut)
        if edge.kind is EdgeKind.CALL
        and component.get(edge.source, -1) == component.get(edge.target, -2)
        and edge.source != edge.target
        else edge
        for edge in edges
    )


def _groups(system: System) -> tuple[Group, ...]:
    used = {service.domain for service in system.services.values()}
    domains = system.platform.domains
    return tuple(Group(name, name, domains[name].summary if name in domains else "") for name in sorted(used))


def _owners(system: System) -> tuple[Owner, ...]:
    known = system.platform.owners
    used = {service.owner for service in system.services.values()}
    order = sorted({*known, *used})
    return tuple(
        Owner(name, (known[name].name if name in known else "") or name, order.index(name)) for name in sorted(used)
    )
