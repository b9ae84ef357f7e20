"""How pods are reached, and by whom."""

from msgspec import field

from .meta import Labels, Object, Part, Selector


class ServicePort(Part, frozen=True, kw_only=True):
    name: str
    port: int
    target_port: str | int
    protocol: str = "TCP"
    app_protocol: str | None = None


class ServiceSpec(Part, frozen=True, kw_only=True):
    type: str
    cluster_ip: str | None = field(name="clusterIP", default=None)
    publish_not_ready_addresses: bool = False
    selector: Labels
    ports: tuple[ServicePort, ...] = ()


class ClusterService(Object, frozen=True, kw_only=True):
    spec: ServiceSpec


class IpBlock(Part, frozen=True, kw_only=True):
    cidr: str
    excluded: tuple[str, ...] = field(name="except", default=())


class Peer(Part, frozen=True, kw_only=True):
    namespace_selector: Selector | None = None
    pod_selector: Selector | None = None
    ip_block: IpBlock | None = None


class PolicyPort(Part, frozen=True, kw_only=True):
    port: int
    protocol: str


class IngressRule(Part, frozen=True, kw_only=True):
    sources: tuple[Peer, ...] = field(name="from")
    ports: tuple[PolicyPort, ...]


class EgressRule(Part, frozen=True, kw_only=True):
    to: tuple[Peer, ...]
    ports: tuple[PolicyPort, ...]


class PolicySpec(Part, frozen=True, kw_only=True):
    pod_selector: Selector
    policy_types: tuple[str, ...]
    ingress: tuple[IngressRule, ...] = ()
    egress: tuple[EgressRule, ...] = ()


class NetworkPolicy(Object, frozen=True, kw_only=True):
    spec: PolicySpec


class PortName(Part, frozen=True, kw_only=True):
    name: str


class IngressService(Part, frozen=True, kw_only=True):
    name: str
    port: PortName


class IngressBackend(Part, frozen=True, kw_only=True):
    service: IngressService


class IngressPath(Part, frozen=True, kw_only=True):
    path: str
    path_type: str
    backend: IngressBackend


class IngressHttp(Part, frozen=True, kw_only=True):
    paths: tuple[IngressPath, ...]


class IngressHost(Part, frozen=True, kw_only=True):
    host: str
    http: IngressHttp


class Tls(Part, frozen=True, kw_only=True):
    hosts: tuple[str, ...]
    secret_name: str


class IngressSpec(Part, frozen=True, kw_only=True):
    ingress_class_name: str | None = None
    tls: tuple[Tls, ...]
    rules: tuple[IngressHost, ...]


class Ingress(Object, frozen=True, kw_only=True):
    spec: IngressSpec


class ParentRef(Part, frozen=True, kw_only=True):
    namespace: str
    name: str


class BackendRef(Part, frozen=True, kw_only=True):
    name: str
    port: int


class PathMatch(Part, frozen=True, kw_only=True):
    type: str
    value: str


class RouteMatch(Part, frozen=True, kw_only=True):
    path: PathMatch


class RouteRule(Part, frozen=True, kw_only=True):
    matches: tuple[RouteMatch, ...]
    backend_refs: tuple[BackendRef, ...]


class HttpRouteSpec(Part, frozen=True, kw_only=True):
    parent_refs: tuple[ParentRef, ...]
    hostnames: tuple[str, ...]
    rules: tuple[RouteRule, ...]


class HttpRoute(Object, frozen=True, kw_only=True):
    spec: HttpRouteSpec


class ScrapeEndpoint(Part, frozen=True, kw_only=True):
    port: str
    path: str
    interval: str


class ServiceMonitorSpec(Part, frozen=True, kw_only=True):
    selector: Selector
    endpoints: tuple[ScrapeEndpoint, ...]


class ServiceMonitor(Object, frozen=True, kw_only=True):
    spec: ServiceMonitorSpec
