"""What all services share: owners, domains, channels, layers, budgets, environments."""

from typing import Annotated, Literal

from msgspec import Meta, field

from .monitoring import Monitoring
from .scalars import Argument, ChannelName, Cidr, Line, Name, Percent, Port, Quantity
from .state import Connection
from .value import Value


class Owner(Value, frozen=True, kw_only=True):
    """A person who writes services, ships them and keeps them running; `backup` stands in."""

    name: Line = ""
    email: Line = ""
    backup: Name | None = None


class Domain(Value, frozen=True, kw_only=True):
    """A box in the picture."""

    summary: Line = ""


class Channel(Value, frozen=True, kw_only=True):
    """A named asynchronous stream."""

    broker: Line = ""
    summary: Line = ""


class External(Value, frozen=True, kw_only=True):
    """Something that is called but not deployed here. `addresses` narrows what its callers may reach on the network."""

    kind: Line = "api"
    host: Line = ""
    port: Port = 443
    addresses: tuple[Cidr, ...] = ()
    connection: Connection | None = None
    availability: Percent | None = None
    summary: Line = ""


Glob = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9*?-]+/[a-z0-9*?-]+$", max_length=120, description="domain/service, with * and ? as wildcards"
    ),
]


class Forbid(Value, frozen=True, kw_only=True):
    """Calls that must not be, with the reason."""

    source: Glob = field(name="from")
    target: Glob = field(name="to")
    reason: Line


class Budgets(Value, frozen=True, kw_only=True):
    """Numbers that chains of calls must stay within."""

    retry_amplification: Annotated[float, Meta(ge=1, le=1_000_000_000)] = 10.0
    depth: Annotated[int, Meta(ge=1)] = 6
    fan_in: Annotated[int, Meta(ge=1)] = 10
    services_per_owner: Annotated[int, Meta(ge=1)] = 30


class RuleSetting(Value, frozen=True, kw_only=True):
    """A rule's severity for this platform; switching one off needs a reason."""

    severity: Literal["error", "warning", "off"]
    reason: Line = ""


class ClusterMonitor(Value, frozen=True, kw_only=True):
    """The monitor as pods of the cluster that it watches. `image` has the command `platform`; of several replicas one
    watches. `secret` names the Secret with the variables of `monitoring.alerts` and `heartbeat`."""

    image: Argument
    replicas: Annotated[int, Meta(ge=1, le=9)] = 2
    storage: Quantity = "1Gi"
    storage_class: Name | None = None
    secret: Name = "platform-monitor"


class Environment(Value, frozen=True, kw_only=True):
    """A target and its settings. `frozen` holds the reason why nothing may be deployed at present.

    `control_plane` are the addresses from which the API server reaches pods, for the requests of the gate;
    `ingress_namespace` and `monitoring_namespace` are where the Ingress controller and Prometheus run;
    `trusted_proxies` are the addresses from which the former reaches pods, whose X-Forwarded-For is believed.
    """

    target: Literal["local", "kubernetes"]
    context: Argument | None = None
    namespace: Name | None = None
    registry: Annotated[str, Meta(pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$", max_length=200)] | None = None
    host: Annotated[str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)] | None = None
    confirm: bool = False
    frozen: Line | None = None
    secrets_file: Argument | None = None
    routes: Literal["ingress", "gateway"] = "ingress"
    ingress_class: Name | None = None
    gateway: Annotated[str, Meta(pattern=r"^[a-z0-9.-]+/[a-z0-9.-]+$", description="namespace/name")] | None = None
    service_monitor: bool = False
    ingress_namespace: Name = "ingress-nginx"
    monitoring_namespace: Name = "monitoring"
    control_plane: tuple[Cidr, ...] = ()
    monitor: ClusterMonitor | None = None
    trusted_proxies: tuple[Cidr, ...] = (
        *("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"),
        *("fc00::/7", "fe80::/10"),
    )


class Platform(Value, frozen=True, kw_only=True):
    """`platform.yaml`: one per system."""

    api_version: Literal["oneway/v1"] = field(name="apiVersion")
    name: Name = field(name="platform")
    owners: dict[Name, Owner] = field(default_factory=dict)
    domains: dict[Name, Domain] = field(default_factory=dict)
    layers: tuple[tuple[Name, ...], ...] = ()
    forbid: tuple[Forbid, ...] = ()
    channels: dict[ChannelName, Channel] = field(default_factory=dict)
    externals: dict[Name, External] = field(default_factory=dict)
    budgets: Budgets = field(default_factory=Budgets)
    rules: dict[Name, RuleSetting] = field(default_factory=dict)
    monitoring: Monitoring = field(default_factory=Monitoring)
    environments: dict[Name, Environment] = field(default_factory=dict)
