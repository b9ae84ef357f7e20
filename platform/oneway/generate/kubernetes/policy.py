"""Who may talk to whom: the declared calls, and a few stated exceptions, in both directions.

The exceptions: DNS for every pod; the API server's requests during a gate, and the monitor's where it is a pod; the
Ingress controller or gateway for public endpoints; Prometheus for metrics where the environment has it; brokers for
those who publish or subscribe.
"""

from collections.abc import Iterable
from typing import Final

from ...model import Endpoint, External, Service, System
from .api.meta import Selector
from .api.network import EgressRule, IngressRule, IpBlock, NetworkPolicy, Peer, PolicyPort, PolicySpec
from .labels import MONITOR, every_pod, metadata
from .survey import Site, brokers_of

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
PRIVATE: Final = ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
PRIVATE_V6: Final = ("::1/128", "fc00::/7", "fe80::/10")
_DNS: Final = 53


def network_policy(site: Site, service: Service) -> NetworkPolicy:
    """The one policy of a service's pods, its canary included."""
    return NetworkPolicy(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        metadata=metadata(site.system, service),
        spec=PolicySpec(
            pod_selector=every_pod(service.name),
            policy_types=("Ingress", "Egress"),
            ingress=_ingress(site, service),
            egress=_egress(site.system, service),
        ),
    )


def _ingress(site: Site, service: Service) -> tuple[IngressRule, ...]:
    callers: dict[str, set[PolicyPort]] = {}
    for edge in site.graph.callers[service.name]:
        endpoint = service.endpoint(edge.call.endpoint)
        if endpoint is not None:
            callers.setdefault(edge.source, set()).add(_port(endpoint))
    for user in site.messengers.get(service.name, ()):
        callers.setdefault(user, set()).update(map(_port, service.endpoints[:1]))
    rules = [
        IngressRule(sources=(Peer(pod_selector=every_pod(name)),), ports=_sorted(ports))
        for name, ports in sorted(callers.items())
        if ports
    ]
    return (*rules, *_exceptions(site, service))


def _exceptions(site: Site, service: Service) -> Iterable[IngressRule]:
    settings = site.system.settings
    public = site.public[service.name]
    if public and settings.host is not None:
        door = _door_namespace(site.system)
        yield IngressRule(sources=(Peer(namespace_selector=in_namespace(door)),), ports=_sorted(map(_port, public)))
    health = service.endpoint(service.health.endpoint)
    if settings.service_monitor and health is not None and health.protocol == "http":
        source = Peer(namespace_selector=in_namespace(settings.monitoring_namespace))
        yield IngressRule(sources=(source,), ports=(_port(health),))
    reachable = checked_ports(service)
    if reachable:
        yield IngressRule(sources=_gate(site.system), ports=reachable)
    if reachable and settings.monitor is not None:
        yield IngressRule(sources=(Peer(pod_selector=every_pod(MONITOR)),), ports=reachable)


def checked_ports(service: Service) -> tuple[PolicyPort, ...]:
    """Where the gate and the monitor may ask."""
    return _sorted(_port(each) for each in service.endpoints if each.protocol != "udp")


def _gate(system: System) -> tuple[Peer, ...]:
    """The API server reaches pods from its own addresses, or through the konnectivity agents."""
    agents = Peer(
        namespace_selector=in_namespace("kube-system"),
        pod_selector=Selector(match_labels={"k8s-app": "konnectivity-agent"}),
    )
    return (agents, *(Peer(ip_block=IpBlock(cidr=each)) for each in sorted(system.settings.control_plane)))


def _door_namespace(system: System) -> str:
    settings = system.settings
    if settings.routes == "gateway" and settings.gateway is not None:
        return settings.gateway.split("/", 1)[0]
    return settings.ingress_namespace


def _egress(system: System, service: Service) -> tuple[EgressRule, ...]:
    inside: dict[str, set[PolicyPort]] = {}
    outside: set[External] = set()
    callees = [(call.to, call.endpoint) for call in service.calls]
    for name, wanted in (*callees, *((broker, None) for broker in brokers_of(system, service.name))):
        callee = system.services.get(name)
        endpoint = callee.endpoint(wanted) if callee else None
        if endpoint is not None:
            inside.setdefault(name, set()).add(_port(endpoint))
        elif callee is None and name in system.platform.externals:
            outside.add(system.platform.externals[name])
    rules = [
        EgressRule(to=(Peer(pod_selector=every_pod(name)),), ports=_sorted(ports))
        for name, ports in sorted(inside.items())
    ]
    return (*rules, *_to_externals(outside), TO_DNS)


def _to_externals(externals: Iterable[External]) -> list[EgressRule]:
    """A policy knows addresses, not host names: without declared ones, every address that is not private."""
    ports: dict[tuple[str, ...], set[PolicyPort]] = {}
    for each in externals:
        ports.setdefault(tuple(sorted(each.addresses)), set()).add(PolicyPort(port=each.port, protocol="TCP"))
    return [EgressRule(to=_blocks(addresses), ports=_sorted(allowed)) for addresses, allowed in sorted(ports.items())]


def _blocks(addresses: tuple[str, ...]) -> tuple[Peer, ...]:
    if addresses:
        return tuple(Peer(ip_block=IpBlock(cidr=each)) for each in addresses)
    return (
        Peer(ip_block=IpBlock(cidr="0.0.0.0/0", excluded=PRIVATE)),
        Peer(ip_block=IpBlock(cidr="::/0", excluded=PRIVATE_V6)),
    )


def in_namespace(name: str) -> Selector:
    return Selector(match_labels={NAMESPACE_LABEL: name})


def _port(endpoint: Endpoint) -> PolicyPort:
    return PolicyPort(port=endpoint.port, protocol="UDP" if endpoint.protocol == "udp" else "TCP")


def _sorted(ports: Iterable[PolicyPort]) -> tuple[PolicyPort, ...]:
    return tuple(sorted(set(ports), key=lambda each: (each.port, each.protocol)))


TO_DNS: Final = EgressRule(
    to=(
        Peer(
            namespace_selector=in_namespace("kube-system"),
            pod_selector=Selector(match_labels={"k8s-app": "kube-dns"}),
        ),
    ),
    ports=(PolicyPort(port=_DNS, protocol="TCP"), PolicyPort(port=_DNS, protocol="UDP")),
)
