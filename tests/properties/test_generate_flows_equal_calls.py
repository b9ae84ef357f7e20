"""The flows that generated policies allow are the declared calls and the stated exceptions: no less, no more."""

from typing import Any, Literal

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.generate import Images, Sources, kubernetes_files
from oneway.generate.flows import Flow, Peer, flows, network
from oneway.model import Build, Call, Channel, Endpoint, Environment, External, Platform, Service, System

DNS = Peer("dns", "kube-system", {"k8s-app": "kube-dns"})
AGENT = Peer("agent", "kube-system", {"k8s-app": "konnectivity-agent"})
OTHERS = (
    DNS,
    AGENT,
    Peer("alien", "elsewhere", {"app.kubernetes.io/name": "s0", "k8s-app": "kube-dns"}),
    Peer("squatter", "shop", {"role": "debug"}),
    Peer("door", "ingress-nginx"),
    Peer("gateway", "doors"),
    Peer("prometheus", "observe"),
    Peer("internet", address="203.0.113.9"),
    Peer("internet6", address="2001:db8:1::9"),
    Peer("metadata", address="169.254.169.254"),
    Peer("neighbour", address="10.1.2.3"),
    Peer("api", address="198.51.100.7"),
    Peer("partner", address="192.0.2.5"),
)
PUBLIC_ADDRESSES = {"internet", "internet6", "api", "partner"}
PROTOCOLS: list[Literal["http", "grpc", "tcp", "udp"]] = ["http", "http", "grpc", "tcp", "udp"]
protocols = st.sampled_from(PROTOCOLS)


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Services that call each other in any way, externals, brokers, and every choice of an environment."""
    names = [f"s{index}" for index in range(draw(st.integers(1, 5)))]
    ports = st.sampled_from([80, 8080, 9000])
    services = {}
    reachable = {}
    for name in names:
        count = draw(st.integers(0, 2))
        reachable[name] = tuple(
            Endpoint(name=f"e{index}", port=draw(ports) + index, protocol=draw(protocols), public=draw(st.booleans()))
            for index in range(count)
        )
    externals = {
        "maps": External(host="maps.example.com"),
        "db": External(kind="database", host="db.example.com", port=5432, addresses=("192.0.2.0/28",)),
    }
    for name in names:
        targets = [*(each for each in names if reachable[each] and each != name), *externals]
        calls = []
        for to in draw(st.lists(st.sampled_from(targets), max_size=4)):
            wanted = draw(st.sampled_from([None, *(each.name for each in reachable.get(to, ()))]))
            calls.append(Call(to=to, endpoint=wanted))
        services[name] = Service(
            api_version="oneway/v1",
            name=name,
            version="1.0.0",
            owner="o",
            domain="d",
            build=Build(image=f"x/{name}:1"),
            endpoints=reachable[name],
            calls=tuple(calls),
            publishes=tuple(draw(st.lists(st.sampled_from(["inner", "outer"]), max_size=1))),
            subscribes=tuple(draw(st.lists(st.sampled_from(["inner", "outer"]), max_size=1))),
            identity=draw(st.sampled_from(["any", "stable"])),
        )
    site = Environment(
        target="kubernetes",
        namespace="shop",
        host=draw(st.sampled_from([None, "shop.example.com"])),
        routes=draw(st.sampled_from(["ingress", "gateway"])),
        gateway="doors/front",
        service_monitor=draw(st.booleans()),
        monitoring_namespace="observe",
        control_plane=draw(st.sampled_from([(), ("198.51.100.7/32",)])),
    )
    platform = Platform(
        api_version="oneway/v1",
        name="shop",
        externals=externals,
        environments={"site": site},
        channels={"inner": Channel(broker="s0"), "outer": Channel(broker="db")},
    )
    return System(platform, services, {name: f"{name}.yaml" for name in names}, "platform.yaml", "site")


@settings(max_examples=100, deadline=None)
@given(systems())
def test_allowed_flows_are_the_declared_ones(system: System) -> None:
    sources = Sources(Images(), lambda path: False, lambda path: b"")
    documents: list[dict[str, Any]] = []
    for file in kubernetes_files(system, sources):
        if file.path.endswith(".yaml"):
            documents += yaml.load_all(file.content, Loader=yaml.CSafeLoader)
    assert set(flows(network(documents), OTHERS)) == expected(system)


def expected(system: System) -> set[Flow]:
    return {
        flow for service in system.services.values() for flow in (*outward(system, service), *inward(system, service))
    }


def outward(system: System, service: Service) -> set[Flow]:
    """What the service may reach: its callees, its brokers, externals, and DNS."""
    found = {("dns", 53, "TCP"), ("dns", 53, "UDP")}
    wanted = [(call.to, call.endpoint) for call in service.calls]
    if {"inner"} & {*service.publishes, *service.subscribes} and service.name != "s0":
        wanted.append(("s0", None))
    if {"outer"} & {*service.publishes, *service.subscribes}:
        wanted.append(("db", None))
    for name, endpoint in wanted:
        if name in system.services:
            target = system.services[name].endpoint(endpoint)
            if target is not None:
                found.add((f"shop/{name}", target.port, transport(target)))
        elif name == "maps":
            found |= {(each, 443, "TCP") for each in PUBLIC_ADDRESSES}
        else:
            found.add(("partner", 5432, "TCP"))
    return {Flow(f"shop/{service.name}", *each) for each in found}


def inward(system: System, service: Service) -> set[Flow]:
    """Who may reach it from outside the system: the gate, the door of public endpoints, and Prometheus."""
    site, found = system.settings, set()
    for endpoint in service.endpoints:
        at = (endpoint.port, transport(endpoint))
        if endpoint.protocol != "udp":
            found.add(("agent", *at))
            found |= {("api", *at)} if site.control_plane else set()
        if endpoint.public and endpoint.protocol in ("http", "grpc") and site.host:
            found.add(("gateway" if site.routes == "gateway" else "door", *at))
    first = service.endpoint()
    if site.service_monitor and first is not None and first.protocol == "http":
        found.add(("prometheus", first.port, "TCP"))
    return {Flow(source, f"shop/{service.name}", port, protocol) for source, port, protocol in found}


def transport(endpoint: Endpoint) -> str:
    return "UDP" if endpoint.protocol == "udp" else "TCP"
