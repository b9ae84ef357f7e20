"""What was seen: services and calls, each with the reason to believe it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..errors import Location
from ..model.secrets import why_secret
from .mentions import CONFIDENCE, Kind, Note, Traffic

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class TakenSecret:
    """A variable that a draft takes as a secret: why, and the Secret and key that hold it where a file says so."""

    why: str
    name: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ObservedService:
    """A service as some file describes it. `ports` maps names to numbers; `env` holds literal values only.

    `folder` is where its code is, where a file says so; `entry` is the program that a shared image starts as it,
    and `mounts` are files and folders that it reads from the machine. `tool` is whose file describes it. `inferred` is
    the name under which something that nobody describes was seen.
    """

    name: str
    source: str
    image: str = ""
    build: str = ""
    folder: str | None = None
    entry: str = ""
    mounts: tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)
    udp: frozenset[int] = frozenset()
    replicas: int | None = None
    cpu: str | None = None
    memory: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, TakenSecret] = field(default_factory=dict)
    public: bool = False
    inferred: str = ""
    tool: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ObservedCall:
    """One service calls another, as `why` shows at `place`: a variable, a line of code, a trace, a network policy.

    `port` and `scheme` are what the evidence says of the endpoint, where it does.
    """

    source: str
    target: str
    why: str
    place: Location
    kind: Kind
    port: int = 0
    scheme: str = ""
    traffic: Traffic | None = field(default=None, compare=False)

    @property
    def file(self) -> str:
        """The file that shows it."""
        return self.place.file

    @property
    def confidence(self) -> str:
        """How far this kind of evidence goes."""
        return CONFIDENCE[self.kind]


@dataclass(frozen=True, slots=True)
class ObservedChannel:
    """A topic, queue or stream, with who publishes and who subscribes, and the places in code that show it."""

    name: str
    broker: str
    publishers: tuple[str, ...]
    subscribers: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """Services by name and calls, both sorted; `notes` says what could not be used or needs a person.

    `hints` are mentions of a kind that shows no call by itself. `searched` are services whose own code or traffic was
    looked at: a call that they make would have been seen. `entered` is what came to services from outside.
    """

    services: tuple[ObservedService, ...] = ()
    calls: tuple[ObservedCall, ...] = ()
    hints: tuple[ObservedCall, ...] = ()
    found: tuple[Note, ...] = ()
    searched: frozenset[str] = frozenset()
    entered: Mapping[str, tuple[Traffic, ...]] = field(default_factory=dict)
    channels: tuple[ObservedChannel, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes as lines."""
        return tuple(str(each) for each in self.found)

    @property
    def whole(self) -> bool:
        """Whether everything that was given could be read."""
        return not any(each.unread for each in self.found)

    def pairs(self) -> dict[tuple[str, str], tuple[ObservedCall, ...]]:
        """The evidence for every (caller, callee), sorted."""
        found: dict[tuple[str, str], list[ObservedCall]] = {}
        for call in self.calls:
            found.setdefault((call.source, call.target), []).append(call)
        return {pair: tuple(calls) for pair, calls in sorted(found.items())}


def join_services(services: Iterable[ObservedService]) -> dict[str, ObservedService]:
    """By name. Of several descriptions of a service the first that knows a field wins."""
    found: dict[str, ObservedService] = {}
    for service in services:
        known = found.get(service.name)
        found[service.name] = service if known is None else _both(known, service)
    return dict(sorted(found.items()))


def _both(first: ObservedService, second: ObservedService) -> ObservedService:
    return replace(
        first,
        image=first.image or second.image,
        build=first.build or second.build,
        folder=second.folder if first.folder is None else first.folder,
        entry=first.entry or second.entry,
        mounts=tuple(sorted({*first.mounts, *second.mounts})),
        ports=_ports(first.ports, second.ports),
        udp=first.udp | second.udp,
        replicas=second.replicas if first.replicas is None else first.replicas,
        cpu=first.cpu or second.cpu,
        memory=first.memory or second.memory,
        env=dict(second.env) | dict(first.env),
        secret_env=dict(second.secret_env) | dict(first.secret_env),
        public=first.public or second.public,
    )


def _ports(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    more = {name: port for name, port in second.items() if port not in first.values() and name not in first}
    return dict(first) | more


def split_secrets(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, TakenSecret]]:
    """The variables that may be written down, and those that are taken as secrets, with why."""
    reasons = {key: why_secret(key, value) for key, value in env.items()}
    plain = {key: value for key, value in env.items() if not reasons[key]}
    return plain, {key: TakenSecret(why) for key, why in reasons.items() if why}


def service_name(text: str) -> str:
    """The name as manifests write names: lower case, letters, digits and hyphens, starting with a letter."""
    name = _NOT_IN_NAMES.sub("-", text.lower()).strip("-")[:50].strip("-")
    return name if name[:1].isalpha() else f"s-{name}".strip("-")
