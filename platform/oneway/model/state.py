"""What a service keeps, and what runs beside it: volumes, connections of backing services, tasks."""

from typing import Annotated, Final, Literal

from msgspec import Meta, field

from .scalars import Argument, Duration, EnvName, Line, Name, Port, Quantity
from .secret_ref import SecretRef
from .value import Value

Kind = Literal["service", "backing", "job"]
"""`service` answers or works all the time, `backing` keeps what others store, `job` runs by schedule and ends."""

ADDRESS: Final = "${address}"
HOST: Final = "${host}"
PORT: Final = "${port}"
PASSWORD: Final = "${password}"

MountPath = Annotated[
    str,
    Meta(
        pattern=r"^/(?!/)(?!.*(^|/)\.\.?(/|$))[^\x00-\x1f\\:,]*[^\x00-\x1f\\:,/]$(?!\n)",
        max_length=300,
        description="an absolute path in a container, as in /var/lib/data",
    ),
]
Schedule = Annotated[
    str,
    Meta(
        pattern=r"^\S+( +\S+){4}$(?!\n)",
        max_length=200,
        description='five fields of cron (minute hour day month weekday), as in "30 3 * * *"',
    ),
]


class Volume(Value, frozen=True, kw_only=True):
    """A folder that outlives releases. With one writer, two releases never have it at once."""

    name: Name
    path: MountPath
    size: Quantity = "1Gi"
    writers: Literal["one", "many"] = "one"

    @property
    def variable(self) -> str:
        """The variable that tells where the folder is: DATA_DIR for the volume `data`."""
        return f"{self.name.upper().replace('-', '_')}_DIR"


class Connection(Value, frozen=True, kw_only=True):
    """What callers of a backing service are told: `url` in `variable`, with the parts in `${…}` filled in. With `host`
    it runs elsewhere and is not deployed."""

    variable: EnvName
    url: Argument
    secret: SecretRef | None = None
    host: Line | None = None
    port: Port | None = None


class Before(Value, frozen=True, kw_only=True):
    """A command of the new release that runs once before it starts, such as a schema migration."""

    command: Annotated[tuple[Argument, ...], Meta(min_length=1)]
    within: Duration = field(default_factory=lambda: Duration(600.0))


class Job(Value, frozen=True, kw_only=True):
    """A command that runs by schedule, or by hand, and ends. `deadline` is for each try."""

    command: tuple[Argument, ...] = ()
    schedule: Schedule | None = None
    zone: Line = "UTC"
    concurrency: Literal["forbid", "allow", "replace"] = "forbid"
    deadline: Duration = field(default_factory=lambda: Duration(3600.0))
    retries: Annotated[int, Meta(ge=0, le=20)] = 0


class Metric(Value, frozen=True, kw_only=True):
    """A number in Prometheus' text format that shows that the service works."""

    name: Annotated[str, Meta(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$(?!\n)", max_length=200)]
    above: float = 0.0
    path: Annotated[str, Meta(pattern=r"^/[^\x00-\x20\x7f]*$(?!\n)", max_length=2000)] = "/metrics"
