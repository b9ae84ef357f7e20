"""What readers yield: services, names of services, and mentions: who says what, where, of which kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from ..errors import Location


class Kind(StrEnum):
    """What kind of evidence a mention is."""

    ENVIRONMENT = "environment"
    ARGUMENT = "argument"
    CONFIGURATION = "configuration"
    START_ORDER = "start order"
    PROBING = "probing"
    POLICY = "policy"
    CODE = "code"
    CONTRACT = "contract"
    TRACE = "trace"
    FLOW = "flow"
    LOG = "log"


# The host under which a name like `localhost:8080` is kept: a port of this machine.
HERE: Final = "localhost"

# Before the first eight digits of a name's SHA-256, by which an access log knows who asked.
HASHED: Final = "sha256:"

# How far each kind goes to show a call: seen happening, written where calls are made from, or only beside it.
CONFIDENCE: Final[Mapping[Kind, str]] = {
    Kind.TRACE: "seen",
    Kind.FLOW: "seen",
    Kind.LOG: "seen",
    Kind.CONTRACT: "written",
    Kind.CODE: "written",
    Kind.ENVIRONMENT: "written",
    Kind.ARGUMENT: "written",
    Kind.CONFIGURATION: "written",
    Kind.POLICY: "allowed",
    Kind.START_ORDER: "note",
    Kind.PROBING: "note",
}


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody names a host. `source` is the service that does, or empty where only the file is known.

    `scope` is where the name is valid (a namespace); `said` is what names it, in words. `needs` is a variable that many
    are given, and that shows a call only of those whose code reads it.
    """

    kind: Kind
    source: str
    place: Location
    said: str
    host: str
    port: int = 0
    scheme: str = ""
    scope: str = ""
    traffic: "Traffic | None" = None
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How often, how badly and when a call was seen."""

    count: int = 1
    errors: int = 0
    first: str = ""
    last: str = ""
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Requests that came to a service from outside, or from nobody who is known."""

    service: str
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Alias:
    """A name under which a service can be reached, or by which a registry, a contract or a configuration knows it.

    `service` is empty where only the file that gives the name is known; `host` is another name that it stands for.
    """

    name: str
    service: str = ""
    scope: str = ""
    file: str = ""
    host: str = ""


def hashed(service: str) -> Alias:
    """The name by which an access log of this machine knows a service."""
    return Alias(f"{HASHED}{sha256(service.encode()).hexdigest()[:8]}", service)


@dataclass(frozen=True, slots=True)
class Searched:
    """A file that would have shown calls, had it made any: code, or traffic of the service that it names."""

    kind: Kind
    file: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A name that code gives to somebody's name: `Service.AUTH`, whose text is `auth`."""

    owner: str
    name: str
    host: str
    file: str


class Way(StrEnum):
    """Which way messages go between a service and a channel."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class Posted:
    """Code publishes or subscribes to what the expression `topic` stands for, by a client of a broker."""

    way: Way
    topic: str
    place: Location
    broker: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Who listens to the queue hears what is sent to the exchange; both are expressions in the file."""

    queue: str
    exchange: str
    file: str


@dataclass(frozen=True, slots=True)
class TopicName:
    """A constant, a setting or a variable by which a file names a topic: `value` is an expression."""

    name: str
    value: str
    file: str


class Role(StrEnum):
    """What a file makes its service be to a registry of services."""

    REGISTERS = "registers"
    STAYS_OUT = "stays out"
    ROUTES = "routes to whatever registers"
    ROUTES_BY_LIST = "routes by list"


@dataclass(frozen=True, slots=True)
class Registry:
    """A file that says what its service is to a registry, as Eureka, Consul or Nacos are."""

    role: Role
    place: Location


@dataclass(frozen=True, slots=True)
class Used:
    """A variable that code in this file reads."""

    word: str
    file: str


@dataclass(frozen=True, slots=True)
class Uses:
    """A file that uses a class which another file holds: a client that several share calls for its users."""

    file: str
    library: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person has to know. `unread` is set where evidence was there and could not be used."""

    place: Location
    text: str
    unread: bool = True

    def __str__(self) -> str:
        where = str(self.place) if self.place.line > 1 else self.place.file
        return f"{where}: {self.text}"
