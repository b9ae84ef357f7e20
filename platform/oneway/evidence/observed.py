"""What was seen: services and calls, each with the reason to believe it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..model.secrets import why_secret

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class TakenSecret:
    """A variable that a draft takes as a secret: why, and the Secret and key that hold it where a file says so."""

    why: str
    name: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ObservedService:
    """A service as some file describes it. `ports` maps names to numbers; `env` holds literal values only."""

    name: str
    source: str
    image: str = ""
    build: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    replicas: int | None = None
    cpu: str | None = None
    memory: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, TakenSecret] = field(default_factory=dict)
    public: bool = False


@dataclass(frozen=True, slots=True, order=True)
class ObservedCall:
    """One service calls another, as `why` shows: a variable, a start order, a network policy.

    `port` and `scheme` are what the evidence says of the endpoint, where it does.
    """

    source: str
    target: str
    why: str
    file: str
    port: int = 0
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """Services by name and calls, both sorted; `notes` says what could not be used, as `file: reason`."""

    services: tuple[ObservedService, ...] = ()
    calls: tuple[ObservedCall, ...] = ()
    notes: tuple[str, ...] = ()

    def pairs(self) -> dict[tuple[str, str], tuple[ObservedCall, ...]]:
        """The evidence for every (caller, callee), sorted."""
        found: dict[tuple[str, str], list[ObservedCall]] = {}
        for call in self.calls:
            found.setdefault((call.source, call.target), []).append(call)
        return {pair: tuple(calls) for pair, calls in sorted(found.items())}


def join(parts: Iterable[Observed]) -> Observed:
    """Everything that was seen anywhere. Of two descriptions of a service the first that knows a field wins."""
    services: dict[str, ObservedService] = {}
    calls: set[ObservedCall] = set()
    notes: list[str] = []
    for part in parts:
        notes += part.notes
        calls |= set(part.calls)
        for service in part.services:
            known = services.get(service.name)
            services[service.name] = service if known is None else _both(known, service)
    real = {call for call in calls if call.source != call.target and {call.source, call.target} <= services.keys()}
    return Observed(tuple(services[name] for name in sorted(services)), tuple(sorted(real)), tuple(sorted(set(notes))))


def _both(first: ObservedService, second: ObservedService) -> ObservedService:
    return replace(
        first,
        image=first.image or second.image,
        build=first.build or second.build,
        ports=dict(second.ports) | dict(first.ports),
        replicas=second.replicas if first.replicas is None else first.replicas,
        cpu=first.cpu or second.cpu,
        memory=first.memory or second.memory,
        env=dict(second.env) | dict(first.env),
        secret_env=dict(second.secret_env) | dict(first.secret_env),
        public=first.public or second.public,
    )


def split_secrets(env: Mapping[str, str]) -> tuple[dict[str, str], dict[str, TakenSecret]]:
    """The variables that may be written down, and those that are taken as secrets, with why."""
    reasons = {key: why_secret(key, value) for key, value in env.items()}
    plain = {key: value for key, value in env.items() if not reasons[key]}
    return plain, {key: TakenSecret(why) for key, why in reasons.items() if why}


def service_name(text: str) -> str:
    """The name as manifests write names: lower case, letters, digits and hyphens, starting with a letter."""
    name = _NOT_IN_NAMES.sub("-", text.lower()).strip("-")[:50].strip("-")
    return name if name[:1].isalpha() else f"s-{name}".strip("-")
