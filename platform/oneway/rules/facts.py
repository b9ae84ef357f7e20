"""Everything that a rule may know, worked out once and shared by all rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ..contracts import Break
from ..errors import Place
from ..graph import CallGraph, build
from ..manifest import Faulty, Loaded
from ..model import Call, Service, System
from ..model.fitness import Misfit
from .references import Kind, Reference, undeclared


@dataclass(frozen=True, slots=True)
class Before:
    """The system at an earlier revision, every path that changed since, relative to the root, and what the description
    of an endpoint, by service and name, breaks since then."""

    revision: str
    system: System
    changed: tuple[str, ...]
    breaks: Mapping[tuple[str, str], tuple[Break, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """The system as loaded, and what follows from it.

    `exists` answers whether a path of the repository is a file, or a folder where the path ends in `/`, and `lacks`
    what this machine lacks to run a service.
    """

    loaded: Loaded
    today: date
    exists: Callable[[str], bool]
    before: Before | None = None
    lacks: Callable[[Service], Iterable[Misfit]] = lambda service: ()

    @property
    def system(self) -> System:
        """The services whose manifests could be read."""
        return self.loaded.system

    @property
    def services(self) -> Mapping[str, Service]:
        """Services by name, sorted."""
        return self.loaded.system.services

    @property
    def faulty(self) -> tuple[Faulty, ...]:
        """The names in manifests with faults."""
        return self.loaded.faulty

    @property
    def complete(self) -> bool:
        """Whether every manifest could be read; rules that find what is *not* there wait for it."""
        return not self.system.unreadable and self.system.platform_known

    def place(self, service: str, *path: str | int) -> Place:
        """A field of a service's manifest."""
        return Place(self.system.files[service], path)

    def platform_place(self, *path: str | int) -> Place:
        """A field of platform.yaml."""
        return Place(self.system.platform_file, path)

    @cached_property
    def graph(self) -> CallGraph:
        """Services and the calls between them."""
        return build(self.system)

    @cached_property
    def undeclared(self) -> Mapping[Kind, list[Reference]]:
        """What the manifests name and nobody declares, by kind."""
        return undeclared(self.system, self.faulty)

    def kept(self, name: str) -> Sequence[Call]:
        """A service's calls, to externals too, without those in the graph's `cut`."""
        calls = self.services[name].calls
        cut = self.graph.cut
        return [call for call in calls if (name, call.to) not in cut] if cut else calls
