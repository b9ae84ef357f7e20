"""How a service is reached: its Service, a route for public endpoints, a scrape for its metrics."""

from dataclasses import dataclass
from typing import Final

from ...errors import OnewayError
from ...model import Endpoint, Service, System
from .api.meta import Metadata, Object
from .api.network import (
    BackendRef,
    ClusterService,
    HttpRoute,
    HttpRouteSpec,
    Ingress,
    IngressBackend,
    IngressHost,
    IngressHttp,
    IngressPath,
    IngressService,
    IngressSpec,
    ParentRef,
    PathMatch,
    PortName,
    RouteMatch,
    RouteRule,
    ScrapeEndpoint,
    ServiceMonitor,
    ServiceMonitorSpec,
    ServicePort,
    ServiceSpec,
    Tls,
)
from .labels import PODS, is_stable, metadata, port_name, serving
from .survey import Site

CLOSED: Final = "oneway-closed"
"""A port of public Services where no pod listens and to which no policy leads: users end there who ask for what is
the operators' own. Ingress has no other word for `not this path` that every controller understands."""

OPERATORS: Final = "/metrics"
"""What is not for users, at a public endpoint of http."""

_DISCARD: Final = (9, 1, 7, 11)
"""Numbers for the closed port; the first that no endpoint has is taken."""

_GRPC_BACKEND: Final = {"nginx.ingress.kubernetes.io/backend-protocol": "GRPC"}
_APPLICATIONS: Final = {"http": "http", "grpc": "kubernetes.io/h2c"}


def cluster_services(system: System, service: Service) -> tuple[ClusterService, ...]:
    """The Service, and for a stable identity the headless one that gives each pod its name."""
    found = []
    if service.endpoints:
        found.append(_service(system, service, metadata(system, service), None))
    if is_stable(service):
        name = service.name + PODS
        about = metadata(system, service, name, instance=name)
        found.append(_service(system, service, about, "None"))
    return tuple(found)


def routes(site: Site, service: Service) -> tuple[Object, ...]:
    """An Ingress or an HTTPRoute for each public endpoint; none where the environment has no host.

    Raises OnewayError where the environment wants Gateway API and names no gateway.
    """
    settings = site.system.settings
    if settings.host is None:
        return ()
    make = _http_route if settings.routes == "gateway" else _ingress
    return tuple(make(site.system, service, each) for each in _doors(site, service, settings.host))


def service_monitor(system: System, service: Service) -> ServiceMonitor | None:
    """For Prometheus, where the environment has its operator."""
    endpoint = service.endpoint(service.health.endpoint)
    if not system.settings.service_monitor or endpoint is None or endpoint.protocol != "http":
        return None
    return ServiceMonitor(
        api_version="monitoring.coreos.com/v1",
        kind="ServiceMonitor",
        metadata=metadata(system, service),
        spec=ServiceMonitorSpec(
            selector=serving(service),
            endpoints=(ScrapeEndpoint(port=port_name(endpoint.name), path="/metrics", interval="30s"),),
        ),
    )


def _service(system: System, service: Service, about: Metadata, cluster_ip: str | None) -> ClusterService:
    return ClusterService(
        api_version="v1",
        kind="Service",
        metadata=about,
        spec=ServiceSpec(
            type="ClusterIP",
            cluster_ip=cluster_ip,
            publish_not_ready_addresses=cluster_ip is not None,
            selector=serving(service).match_labels,
            ports=(*map(_service_port, service.endpoints), *_closed_ports(system, service)),
        ),
    )


def _service_port(endpoint: Endpoint) -> ServicePort:
    name = port_name(endpoint.name)
    protocol = "UDP" if endpoint.protocol == "udp" else "TCP"
    return ServicePort(
        name=name,
        port=endpoint.port,
        target_port=name,
        protocol=protocol,
        app_protocol=_APPLICATIONS.get(endpoint.protocol),
    )


def _closed_ports(system: System, service: Service) -> tuple[ServicePort, ...]:
    public = any(each.public and each.protocol == "http" for each in service.endpoints)
    if not public or system.settings.host is None:
        return ()
    number = _closed_number(service)
    return (ServicePort(name=CLOSED, port=number, target_port=number),)


def _closed_number(service: Service) -> int:
    taken = {each.port for each in service.endpoints}
    return next(each for each in _DISCARD if each not in taken)


@dataclass(frozen=True, slots=True)
class _Door:
    """A public endpoint, the name of its route, and the host it answers for."""

    endpoint: Endpoint
    name: str
    host: str


def _doors(site: Site, service: Service, host: str) -> list[_Door]:
    """The system's only public endpoint answers for the environment's host, each of several for a name below it."""
    doors = []
    for index, endpoint in enumerate(site.public[service.name]):
        name = f"{service.name}-{endpoint.name}" if index else service.name
        doors.append(_Door(endpoint, name, host if site.has_single_door else f"{name}.{host}"))
    return doors


def _ingress(system: System, service: Service, door: _Door) -> Ingress:
    leads = {"/": port_name(door.endpoint.name)}
    if door.endpoint.protocol == "http":
        leads[OPERATORS] = CLOSED
    paths = tuple(
        IngressPath(
            path=path,
            path_type="Prefix",
            backend=IngressBackend(service=IngressService(name=service.name, port=PortName(name=port))),
        )
        for path, port in leads.items()
    )
    return Ingress(
        api_version="networking.k8s.io/v1",
        kind="Ingress",
        metadata=metadata(system, service, door.name, _GRPC_BACKEND if door.endpoint.protocol == "grpc" else {}),
        spec=IngressSpec(
            ingress_class_name=system.settings.ingress_class,
            tls=(Tls(hosts=(door.host,), secret_name=f"{door.name}-tls"),),
            rules=(IngressHost(host=door.host, http=IngressHttp(paths=paths)),),
        ),
    )


def _http_route(system: System, service: Service, door: _Door) -> HttpRoute:
    if system.settings.gateway is None:
        raise OnewayError(
            f"environment {system.environment} wants routes of the Gateway API, but names no gateway",
            f"add `gateway: namespace/name` to it in {system.platform_file}, or `routes: ingress`",
        )
    gateway_namespace, gateway = system.settings.gateway.split("/", 1)
    leads = {"/": door.endpoint.port}
    if door.endpoint.protocol == "http":
        leads[OPERATORS] = _closed_number(service)
    rules = tuple(
        RouteRule(
            matches=(RouteMatch(path=PathMatch(type="PathPrefix", value=path)),),
            backend_refs=(BackendRef(name=service.name, port=port),),
        )
        for path, port in leads.items()
    )
    return HttpRoute(
        api_version="gateway.networking.k8s.io/v1",
        kind="HTTPRoute",
        metadata=metadata(system, service, door.name),
        spec=HttpRouteSpec(
            parent_refs=(ParentRef(namespace=gateway_namespace, name=gateway),),
            hostnames=(door.host,),
            rules=rules,
        ),
    )
