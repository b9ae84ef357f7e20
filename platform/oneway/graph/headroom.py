"""How far load at the entries can grow until a service is full, by what its replicas were found to carry."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf

from msgspec.structs import replace

from ..model import Service, System
from .callgraph import build


@dataclass(frozen=True, slots=True)
class Headroom:
    """What reaches a service now, what all its replicas carry, None where nobody knows, and how many times the load may
    grow until it is full."""

    service: str
    demand: float
    per_replica: float | None
    replicas: int

    @property
    def factor(self) -> float | None:
        """None where nobody knows; without end where nothing reaches it."""
        if self.per_replica is None:
            return None
        return self.per_replica * self.replicas / self.demand if self.demand else inf

    def replicas_for(self, factor: float) -> int:
        """How many replicas carry so many times the load."""
        return ceil(self.demand * factor / (self.per_replica or inf) - 1e-9)


def headroom(system: System, entries: Mapping[str, float]) -> list[Headroom]:
    """Every service, the one that is full first ahead. `entries` are requests a second from outside, by service, in the
    place of what the manifests say; all entries are taken to grow together."""
    services = {name: _entered(each, entries.get(name)) for name, each in system.services.items()}
    demand = build(dataclasses.replace(system, services=services)).demand
    found = [Headroom(name, demand[name], each.load.per_replica, each.max_replicas) for name, each in services.items()]
    return sorted(found, key=lambda each: (inf if each.factor is None else each.factor, each.service))


def _entered(service: Service, rate: float | None) -> Service:
    return service if rate is None else replace(service, load=replace(service.load, requests_per_second=rate))
