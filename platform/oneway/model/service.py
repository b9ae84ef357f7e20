"""One service as its manifest declares it. Field docs become the JSON Schema's descriptions."""

from datetime import date
from functools import partial
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from .monitoring import CheckMonitoring, ServiceMonitoring
from .scalars import (
    Argument,
    ChannelName,
    Duration,
    EnvName,
    FileName,
    Line,
    Name,
    Path,
    Percent,
    Port,
    Quantity,
    UrlPath,
    Version,
    VersionRange,
)
from .secret_ref import SecretRef
from .state import Before, Connection, Job, Kind, Metric, Volume
from .value import Value

WHEELS: Final = "wheels"
"""A folder of this name among `build.include` holds packages that requirements.txt pins and no index has."""


RuntimeName = Literal[
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "node20",
    "node22",
    "node24",
    "go1.23",
    "go1.24",
    "go1.25",
    "java17",
    "java21",
    "java25",
    "static",
    "binary",
    "command",
]
"""`static`: files that a web server hands out; `binary`: a program in the folder; `command`: one of the machine's."""


class Build(Value, frozen=True, kw_only=True):
    """How the service is made: a generated Dockerfile for `runtime`, one's own `dockerfile`, or a ready `image`."""

    path: Path | None = None
    runtime: RuntimeName | None = None
    strict: bool = False
    dockerfile: Path | None = None
    image: Argument | None = None
    start: tuple[Argument, ...] = ()
    system: tuple[
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z0-9][a-z0-9+.-]*(=[0-9A-Za-z.+~:-]+)?$",
                max_length=100,
                description="a Debian package name",
            ),
        ],
        ...,
    ] = ()
    include: tuple[Path, ...] = ()


class Endpoint(Value, frozen=True, kw_only=True):
    """An access point: a named port with a protocol."""

    name: Name
    port: Port
    protocol: Literal["http", "grpc", "tcp", "udp"] = "http"
    openapi: Path | None = None
    public: bool = False


class Call(Value, frozen=True, kw_only=True):
    """A synchronous dependency on another service's endpoint, or on a declared external."""

    to: Name
    endpoint: Name | None = None
    variable: EnvName | None = None
    version: VersionRange | None = None
    timeout: Duration = field(default_factory=partial(Duration, 1.0))
    retries: Annotated[int, Meta(ge=0, le=100)] = 0
    per_request: Annotated[float, Meta(gt=0, le=1_000_000)] = 1.0
    required: bool = True
    parallel: bool = False

    @property
    def url_variable(self) -> str:
        """The variable that holds the callee's address: `variable`, else CATALOG_URL, or CATALOG_ADMIN_URL for an
        endpoint that is named."""
        words = [self.to] if self.endpoint is None else [self.to, self.endpoint]
        return self.variable or "_".join([*words, "url"]).upper().replace("-", "_")


class Latency(Value, frozen=True, kw_only=True):
    """Latency objectives by percentile."""

    p50: Duration | None = None
    p90: Duration | None = None
    p95: Duration | None = None
    p99: Duration | None = None


class Slo(Value, frozen=True, kw_only=True):
    """Objectives: `availability` as seen by callers in percent; `intrinsic` were all callees perfect."""

    availability: Percent | None = None
    intrinsic: Percent | None = None
    latency: Latency = field(default_factory=Latency)


class Scale(Value, frozen=True, kw_only=True):
    """Automatic scaling between `min` and `max` replicas at a cpu utilisation in percent."""

    min: Annotated[int, Meta(ge=1, le=10_000)] = 1
    max: Annotated[int, Meta(ge=1, le=10_000)] = 1
    cpu: Annotated[int, Meta(ge=1, le=100)] = 70


class Limits(Value, frozen=True, kw_only=True):
    """Upper bounds of what one replica may use."""

    cpu: Quantity | None = None
    memory: Quantity | None = None
    storage: Quantity | None = None


class Resources(Value, frozen=True, kw_only=True):
    """What one replica asks for, in Kubernetes quantities."""

    cpu: Quantity | None = None
    memory: Quantity | None = None
    storage: Quantity | None = None
    limits: Limits = field(default_factory=Limits)


class Startup(Value, frozen=True, kw_only=True):
    """The path that answers when the service has started, and how long that may take."""

    path: UrlPath | None = None
    within: Duration = field(default_factory=partial(Duration, 60.0))


class Liveness(Value, frozen=True, kw_only=True):
    """How often `live` is asked, how long an answer may take, and after how many failures in a row a replica is started
    again."""

    every: Duration = field(default_factory=partial(Duration, 10.0))
    within: Duration = field(default_factory=partial(Duration, 2.0))
    failures: Annotated[int, Meta(ge=1, le=100)] = 3


class Health(Value, frozen=True, kw_only=True):
    """Health paths on `endpoint` (default: the first). Endpoints of protocol tcp or grpc need no paths; what has no
    endpoint tells by a `command` that ends well, or by a `metric`, that it is ready."""

    endpoint: Name | None = None
    command: tuple[Argument, ...] = ()
    metric: Metric | None = None
    startup: Startup = field(default_factory=Startup)
    ready: UrlPath | None = None
    live: UrlPath | None = None
    liveness: Liveness = field(default_factory=Liveness)


Base = Annotated[
    str,
    Meta(
        pattern=r"^(https?|tcp|grpcs?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$(?!\n)",
        max_length=300,
        description="an address without a path, as in https://shop.example.org",
    ),
]


class Request(Value, frozen=True, kw_only=True):
    """One request of a check; at most one of `json`, `body` and `file`.

    With `tcp`, `grpc` or `dns` it is none of HTTP: a connection, the health that a gRPC server tells (of the service
    named, or of all of it: ""), the addresses of a name. `base` is asked instead of the service's own endpoint.
    `redirects` is how many are followed, and with `cookies` those are sent that earlier answers had set.
    """

    path: UrlPath = "/"
    base: Base | None = None
    tcp: bool = False
    grpc: Line | None = None
    dns: Line | None = None
    redirects: Annotated[int, Meta(ge=0, le=10)] = 0
    cookies: bool = False
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    endpoint: Name | None = None
    headers: dict[str, Line] = field(default_factory=dict)
    json: Any | UnsetType = UNSET
    body: str | None = None
    file: Path | None = None
    type: Line | None = None


class Matcher(Value, frozen=True, kw_only=True):
    """What is expected of one value; every condition given must hold."""

    equals: Any | UnsetType = UNSET
    matches: Argument | None = None
    above: float | None = None
    below: float | None = None
    contains: Any | UnsetType = UNSET
    length: int | None = None
    exists: bool | None = None
    type: Literal["string", "number", "boolean", "null", "array", "object"] | None = None


class Expect(Value, frozen=True, kw_only=True):
    """What is expected of an answer. `body` maps JMESPath expressions to a plain value or a matcher; with `head` the
    body is not read, for answers that never end. `certificate_days` is for how many days the certificate has to be
    valid still."""

    certificate_days: Annotated[int, Meta(ge=0, le=3650)] | None = None
    status: Annotated[int, Meta(ge=100, le=599)] = 200
    within: Duration | None = None
    head: bool = False
    headers: dict[str, Matcher | str] = field(default_factory=dict)
    body: dict[str, Matcher | str | float | int | bool | None] = field(default_factory=dict)


class Check(Value, frozen=True, kw_only=True):
    """One request with what is expected of the answer. One that is `generated` was made from the endpoint's OpenAPI
    description."""

    name: Line
    request: Request
    expect: Expect = field(default_factory=Expect)
    capture: dict[EnvName, Argument] = field(default_factory=dict)
    monitoring: CheckMonitoring = field(default_factory=CheckMonitoring)
    generated: bool = False


class Smoke(Value, frozen=True, kw_only=True):
    """The checks, and with `openapi` one more for each GET that the endpoints' descriptions say enough of."""

    openapi: bool = False
    checks: tuple[Check, ...] = ()


class LoadRequest(Value, frozen=True, kw_only=True):
    """One kind of request that a measurement sends: a `check` of the service by its name, or a `request` of its own
    under a `name`. Of all that is sent it is as much as its `weight` is of all weights; 0 leaves a check out."""

    check: Line | None = None
    name: Line | None = None
    request: Request | None = None
    expect: Expect = field(default_factory=Expect)
    weight: Annotated[float, Meta(ge=0, le=1000)] = 1.0


class Load(Value, frozen=True, kw_only=True):
    """Requests per second that enter here from outside, what one replica can serve, and what it is measured with."""

    requests_per_second: Annotated[float, Meta(ge=0, le=1_000_000_000)] = 0.0
    per_replica: Annotated[float, Meta(gt=0, le=1_000_000_000)] | None = None
    requests: tuple[LoadRequest, ...] = ()


class Judge(Value, frozen=True, kw_only=True):
    """N of M: a check passes with `passes` good answers out of at most `of` tries, `every` so often."""

    passes: Annotated[int, Meta(ge=1, le=100)] = 1
    of: Annotated[int, Meta(ge=1, le=100)] = 3
    every: Duration = field(default_factory=partial(Duration, 1.0))


class Rollout(Value, frozen=True, kw_only=True):
    """How a new version takes over: shares of traffic in percent, the watch after it, and the whole budget of time.
    With `load` a version that carries much less than the one before it is refused."""

    steps: tuple[Annotated[int, Meta(ge=1, le=100)], ...] = (10, 50, 100)
    bake: Duration = field(default_factory=partial(Duration, 10.0))
    within: Duration = field(default_factory=partial(Duration, 600.0))
    interval: Duration = field(default_factory=partial(Duration, 2.0))
    drain: Duration = field(default_factory=partial(Duration, 30.0))
    load: bool = False
    judge: Judge = field(default_factory=Judge)


class Accept(Value, frozen=True, kw_only=True):
    """A finding that this service lives with, and why."""

    rule: Name
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    until: date | None = None


class Service(Value, frozen=True, kw_only=True):
    """One deployable unit with one manifest and one owner."""

    api_version: Literal["oneway/v1"] = field(name="apiVersion")
    name: Name = field(name="service")
    kind: Kind = "service"
    version: Version
    owner: Name
    domain: Name
    summary: Line = ""
    build: Build = field(default_factory=Build)
    endpoints: tuple[Endpoint, ...] = ()
    calls: tuple[Call, ...] = ()
    publishes: tuple[ChannelName, ...] = ()
    subscribes: tuple[ChannelName, ...] = ()
    load: Load = field(default_factory=Load)
    slo: Slo = field(default_factory=Slo)
    identity: Literal["any", "stable"] = "any"
    scale: Scale | None = None
    replicas: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    resources: Resources = field(default_factory=Resources)
    env: dict[EnvName, Argument] = field(default_factory=dict)
    secrets: dict[EnvName, SecretRef] = field(default_factory=dict)
    config: dict[FileName, Path] = field(default_factory=dict)
    volumes: tuple[Volume, ...] = ()
    connection: Connection | None = None
    before: Before | None = None
    jobs: dict[Name, Job] = field(default_factory=dict)
    health: Health = field(default_factory=Health)
    smoke: tuple[Check, ...] | Smoke = ()
    rollout: Rollout = field(default_factory=Rollout)
    monitoring: ServiceMonitoring = field(default_factory=ServiceMonitoring)
    accept: tuple[Accept, ...] = ()
    deploy: bool = True
    environments: dict[Name, dict[str, Any]] = field(default_factory=dict)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The smoke checks, in order."""
        return self.smoke.checks if isinstance(self.smoke, Smoke) else self.smoke

    @property
    def own_checks(self) -> tuple[Check, ...]:
        """Those that ask the service itself, and no address by which the world reaches it."""
        return tuple(each for each in self.checks if each.request.base is None)

    def check_place(self, index: int) -> tuple[str | int, ...]:
        """Where in the manifest the check of that number stands."""
        return ("smoke", "checks", index) if isinstance(self.smoke, Smoke) else ("smoke", index)

    @property
    def min_replicas(self) -> int:
        """Replicas that run at the least: `replicas`, else `scale.min`, else 1; none of what runs by schedule alone."""
        if self.kind == "job":
            return 0
        if self.scale is not None:
            return self.scale.min
        return 1 if self.replicas is None else self.replicas

    @property
    def max_replicas(self) -> int:
        """Replicas that run at the most: `replicas`, else `scale.max`, else 1; none of what runs by schedule alone."""
        if self.kind == "job":
            return 0
        if self.scale is not None:
            return self.scale.max
        return 1 if self.replicas is None else self.replicas

    @property
    def runs_alone(self) -> bool:
        """Whether two releases may never run side by side: what it keeps has one writer."""
        return self.kind == "backing" or any(each.writers == "one" for each in self.volumes)

    def command_of(self, job: Job) -> tuple[str, ...]:
        """What runs as that job: its own command, else what the build starts."""
        return job.command or self.build.start

    def endpoint(self, name: str | None = None) -> Endpoint | None:
        """The endpoint of that name; without a name the first one declared; None when there is none."""
        if name is None:
            return self.endpoints[0] if self.endpoints else None
        return next((each for each in self.endpoints if each.name == name), None)
