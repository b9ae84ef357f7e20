"""A system in its environment, seen as a whole once, so that each service's objects cost no second look."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import OnewayError
from ...graph import CallGraph, build
from ...model import Endpoint, System
from .environment import DEFAULT_DENY, DEPLOYER
from .labels import CANARY, MONITOR, PODS, is_stable


@dataclass(frozen=True, slots=True)
class Site:
    """`public` holds each service's public endpoints, `has_single_door` whether they are one in all;
    `messengers` the users of each service that is a broker."""

    system: System
    graph: CallGraph
    public: Mapping[str, tuple[Endpoint, ...]]
    has_single_door: bool
    messengers: Mapping[str, tuple[str, ...]]


def survey(system: System) -> Site:
    """Raises OnewayError where two services' objects would have one name."""
    _refuse_shared_names(system)
    public = {
        name: tuple(each for each in service.endpoints if each.public and each.protocol in ("http", "grpc"))
        for name, service in system.deployed.items()
    }
    messengers: dict[str, list[str]] = {}
    for name, service in system.services.items():
        for broker in brokers_of(system, name):
            messengers.setdefault(broker, []).append(service.name)
    single = sum(map(len, public.values())) == 1
    return Site(system, build(system), public, single, {broker: tuple(users) for broker, users in messengers.items()})


def brokers_of(system: System, name: str) -> tuple[str, ...]:
    """The services and externals that carry the channels which a service publishes or subscribes to, sorted."""
    service, channels = system.services[name], system.platform.channels
    carriers = {channels[each].broker for each in (*service.publishes, *service.subscribes) if each in channels}
    known = {each for each in carriers if each in system.services or each in system.platform.externals}
    return tuple(sorted(known - {name}))


def _refuse_shared_names(system: System) -> None:
    for reserved in (DEFAULT_DENY, DEPLOYER, MONITOR):
        if reserved in system.services:
            raise OnewayError(
                f"a service cannot be called {reserved}: an object of the environment is", "rename the service"
            )
    for name, service in system.services.items():
        made = {name + CANARY} | ({name + PODS} if is_stable(service) else set())
        made |= {f"{name}-{each.name}" for each in service.endpoints if each.public}
        for taken in sorted(made & system.services.keys()):
            raise OnewayError(
                f"service {name} has an object called {taken} on Kubernetes, and so has the service of that name",
                f"rename one of them in {system.files[name]} or {system.files[taken]}",
            )
