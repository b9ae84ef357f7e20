"""The names in manifests that stand for something declared elsewhere, and those among them that nobody declares."""

from collections.abc import Container, Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from ..errors import Place
from ..manifest import Faulty
from ..model import Service, System
from .nearest import Nearest

Path = tuple[str | int, ...]


class Kind(Enum):
    """What a name stands for. What a call names is an external when it looks like one, and else a service."""

    SERVICE = auto()
    EXTERNAL = auto()
    OWNER = auto()
    DOMAIN = auto()
    CHANNEL = auto()


class Reference(NamedTuple):
    """A name, what it stands for, and where it is used; `service` is empty in platform.yaml."""

    kind: Kind
    name: str
    service: str
    file: str
    path: Path

    @property
    def place(self) -> Place:
        """Where the name stands."""
        return Place(self.file, self.path)


def undeclared(system: System, faulty: tuple[Faulty, ...]) -> Mapping[Kind, list[Reference]]:
    """The references to what is declared nowhere, by kind; none where platform.yaml cannot be read."""
    platform = system.platform
    services = {*system.services, *system.unreadable}
    declared: dict[Kind, Container[str]] = {
        Kind.SERVICE: {*services, *platform.externals},
        Kind.OWNER: platform.owners,
        Kind.DOMAIN: platform.domains,
        Kind.CHANNEL: platform.channels,
    }
    found: dict[Kind, list[Reference]] = {kind: [] for kind in Kind}
    if not system.platform_known:
        return found
    near_services, near_externals = Nearest(services), Nearest(platform.externals)
    for each in _references(system, faulty):
        if each.name not in declared[each.kind]:
            called = each.kind is Kind.SERVICE
            external = called and near_externals.name(each.name) and not near_services.name(each.name)
            found[Kind.EXTERNAL if external else each.kind].append(each)
    return found


def _references(system: System, faulty: tuple[Faulty, ...]) -> Iterator[Reference]:
    for name, service in system.services.items():
        yield from _of_service(service, system.files[name])
    for each in faulty:
        yield from _of_faulty(each)
    for owner, person in system.platform.owners.items():
        if person.backup is not None:
            yield Reference(Kind.OWNER, person.backup, "", system.platform_file, ("owners", owner, "backup"))
    for at, layer in enumerate(system.platform.layers):
        for index, domain in enumerate(layer):
            yield Reference(Kind.DOMAIN, domain, "", system.platform_file, ("layers", at, index))


def _of_service(service: Service, file: str) -> Iterator[Reference]:
    yield Reference(Kind.OWNER, service.owner, service.name, file, ("owner",))
    yield Reference(Kind.DOMAIN, service.domain, service.name, file, ("domain",))
    for index, call in enumerate(service.calls):
        yield Reference(Kind.SERVICE, call.to, service.name, file, ("calls", index, "to"))
    for field, channels in (("publishes", service.publishes), ("subscribes", service.subscribes)):
        for index, channel in enumerate(channels):
            yield Reference(Kind.CHANNEL, channel, service.name, file, (field, index))


def _of_faulty(each: Faulty) -> Iterator[Reference]:
    """What a manifest with faults still says plainly."""
    if each.owner is not None:
        yield Reference(Kind.OWNER, each.owner, each.name, each.file, ("owner",))
    if each.domain is not None:
        yield Reference(Kind.DOMAIN, each.domain, each.name, each.file, ("domain",))
    for index, called in each.calls:
        yield Reference(Kind.SERVICE, called, each.name, each.file, ("calls", index, "to"))
