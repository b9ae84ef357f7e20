"""How services are watched: intervals, when a state counts as changed, maintenance, and who is told by what."""

from functools import partial
from typing import Annotated, Literal

from msgspec import Meta, field

from .scalars import Argument, Duration, Line, Name
from .value import Value

Count = Annotated[int, Meta(ge=1, le=100)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="a time of day, as in 02:30")]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="a day and a time of day, as in 2027-01-31T02:30",
    ),
]
Zone = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$", max_length=60, description="a time zone as in Europe/Berlin, or UTC"),
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Maintenance(Value, frozen=True, kw_only=True):
    """A time in which failures are expected, by the clock on the wall of `zone`.

    Once `on` a day at a time; or `daily` at a time, on `days` where they are given. It lasts `lasts`.
    """

    on: Moment | None = None
    daily: Clock | None = None
    days: tuple[Weekday, ...] = ()
    lasts: Duration
    zone: Zone = "UTC"
    reason: Line = ""


class CheckMonitoring(Value, frozen=True, kw_only=True):
    """How one check is watched; what is not said here is the service's."""

    every: Duration | None = None
    within: Duration | None = None
    fail_after: Count | None = None
    recover_after: Count | None = None


class ServiceMonitoring(Value, frozen=True, kw_only=True):
    """How the service's checks are watched; what is not said here is the platform's. With `rollback` the monitor puts
    the release of before back, once, when the service fails soon after a deploy."""

    every: Duration | None = None
    within: Duration | None = None
    fail_after: Count | None = None
    recover_after: Count | None = None
    maintenance: tuple[Maintenance, ...] = ()
    rollback: bool = False


class AlertRoute(Value, frozen=True, kw_only=True):
    """One way to tell people. `url` and `password` may be `${NAME}`, which is read from the environment."""

    kind: Literal["webhook", "slack", "teams", "smtp", "command", "alertmanager"]
    url: Argument | None = None
    host: Line | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    sender: Line | None = None
    user: Line | None = None
    password: Argument | None = None
    tls: bool = True
    run: tuple[Argument, ...] = ()


class Heartbeat(Value, frozen=True, kw_only=True):
    """An address that is asked every so often while the monitor is well: whoever listens there notices its death."""

    url: Argument
    every: Duration = field(default_factory=partial(Duration, 60.0))


class Monitoring(Value, frozen=True, kw_only=True):
    """How often the smoke checks run for ever, when a state counts as changed, and who is told."""

    every: Duration = field(default_factory=partial(Duration, 30.0))
    within: Duration | None = None
    fail_after: Count = 2
    recover_after: Count = 2
    webhook: Argument | None = None
    alerts: dict[Name, AlertRoute] = field(default_factory=dict)
    remind: Duration = field(default_factory=partial(Duration, 4 * 3600.0))
    escalate: Duration = field(default_factory=partial(Duration, 900.0))
    heartbeat: Heartbeat | None = None
    maintenance: tuple[Maintenance, ...] = ()
    keep_days: Annotated[int, Meta(ge=1, le=3650)] = 90
    hosts: tuple[Line, ...] = ()
