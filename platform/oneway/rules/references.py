"""The names in manifests that stand for something declared elsewhere, and those among them that nobody declares."""

from collections.abc import Container, Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

from ..errors import Place
from ..manifest import Faulty
from ..model import System
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


Use = tuple[str, str, str, Path]
"""A name, the service that uses it (empty in platform.yaml), the file and the path in it."""


def undeclared(system: System, faulty: tuple[Faulty, ...]) -> Mapping[Kind, list[Reference]]:
    """The references to what is declared nowhere, by kind; none where platform.yaml cannot be read."""
    if not system.platform_known:
        return {kind: [] for kind in Kind}
    platform = system.platform
    services = {*system.services, *system.unreadable}
    called = list(_unknown(_callees(system, faulty), {*services, *platform.externals}))
    near_services, near_externals = Nearest(services), Nearest(platform.externals)
    external = {name for name, *_ in called if near_externals.name(name) and not near_services.name(name)}
    found = {
        Kind.SERVICE: (use for use in called if use[0] not in external),
        Kind.EXTERNAL: (use for use in called if use[0] in external),
        Kind.OWNER: _unknown(_owners(system, faulty), platform.owners),
        Kind.DOMAIN: _unknown(_domains(system, faulty), platform.domains),
        Kind.CHANNEL: _unknown(_channels(system), platform.channels),
    }
    return {kind: [Reference(kind, *use) for use in uses] for kind, uses in found.items()}


def _unknown(uses: Iterable[Use], declared: Container[str]) -> Iterator[Use]:
    return (use for use in uses if use[0] not in declared)


def _callees(system: System, faulty: tuple[Faulty, ...]) -> Iterator[Use]:
    for name, service in system.services.items():
        file = system.files[name]
        for index, call in enumerate(service.calls):
            yield call.to, name, file, ("calls", index, "to")
    for each in faulty:
        for index, called in each.calls:
            yield called, each.name, each.file, ("calls", index, "to")


def _owners(system: System, faulty: tuple[Faulty, ...]) -> Iterator[Use]:
    for name, service in system.services.items():
        yield service.owner, name, system.files[name], ("owner",)
    for each in faulty:
        if each.owner is not None:
            yield each.owner, each.name, each.file, ("owner",)
    for owner, person in system.platform.owners.items():
        if person.backup is not None:
            yield person.backup, "", system.platform_file, ("owners", owner, "backup")


def _domains(system: System, faulty: tuple[Faulty, ...]) -> Iterator[Use]:
    for name, service in system.services.items():
        yield service.domain, name, system.files[name], ("domain",)
    for each in faulty:
        if each.domain is not None:
            yield each.domain, each.name, each.file, ("domain",)
    for at, layer in enumerate(system.platform.layers):
        for index, domain in enumerate(layer):
            yield domain, "", system.platform_file, ("layers", at, index)


def _channels(system: System) -> Iterator[Use]:
    for name, service in system.services.items():
        for field, channels in (("publishes", service.publishes), ("subscribes", service.subscribes)):
            for index, channel in enumerate(channels):
                yield channel, name, system.files[name], (field, index)
