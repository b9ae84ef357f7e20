"""Everything that a rule may know, worked out once and shared by all rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..errors import Finding, Place
from ..graph import CallGraph, Edge, Reach, build, reach, strongly_connected
from ..manifest import Loaded
from ..model import Service, System


@dataclass(frozen=True, slots=True)
class Before:
    """The system at an earlier revision, and every path that changed since, relative to the root."""

    revision: str
    system: System
    changed: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The system as loaded, and what follows from it.

    `exists` answers whether a path of the repository is a file.
    Chains of calls are followed along `down`, which leaves out the calls inside a circle, so that a
    circle costs its own finding and nothing else.
    """

    loaded: Loaded
    today: date
    exists: Callable[[str], bool]
    before: Before | None = None

    @property
    def system(self) -> System:
        """The services whose manifests could be read."""
        return self.loaded.system

    @property
    def services(self) -> Mapping[str, Service]:
        """Services by name, sorted."""
        return self.loaded.system.services

    @property
    def complete(self) -> bool:
        """Whether every manifest could be read; rules that find what is *not* there wait for it."""
        return not self.system.unreadable and self.system.platform_known

    def found(self, rule: str) -> list[Finding]:
        """What reading the manifests already found under this rule."""
        return [each for each in self.loaded.findings if each.rule == rule]

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
    def groups(self) -> list[tuple[str, ...]]:
        """Services that all reach each other, callees first; a group of one is in no circle."""
        return strongly_connected({name: [edge.target for edge in edges] for name, edges in self.graph.calls.items()})

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every service, callees before their callers (along `down`)."""
        return tuple(name for group in self.groups for name in group)

    @cached_property
    def down(self) -> Mapping[str, tuple[Edge, ...]]:
        """For every service its calls, without those inside a circle and those to itself."""
        circle = {name: at for at, group in enumerate(self.groups) for name in group}
        return {
            name: tuple([edge for edge in edges if circle[edge.target] != circle[name]])
            for name, edges in self.graph.calls.items()
        }

    @cached_property
    def required_callers(self) -> Reach:
        """For every service, those that cannot answer without it, however far away."""
        callers: dict[str, list[str]] = {name: [] for name in self.graph.calls}
        for edge in self.graph.edges:
            if edge.call.required:
                callers[edge.target].append(edge.source)
        return reach(callers, None if self.circular else reversed(self.order))

    @property
    def circular(self) -> bool:
        """Whether anybody calls in a circle."""
        return len(self.groups) < len(self.services)
