"""Everything that a rule may know, worked out once and shared by all rules."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..errors import Finding, Place
from ..graph import CallGraph, Cut, Edge, Reach, build, free, reach, strongly_connected
from ..manifest import Faulty, Loaded
from ..model import Call, Service, System


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
    A circle costs its own finding and nothing else: rules about chains leave out `cut`, the calls that have to go
    anyway, or follow `down`, which leaves out all calls inside a circle.
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
    def faulty(self) -> tuple[Faulty, ...]:
        """The names in manifests with faults."""
        return self.loaded.faulty

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
    def cuts(self) -> Mapping[tuple[str, ...], Cut]:
        """For every group that calls in circles, the fewest calls whose removal frees it."""
        found: dict[tuple[str, ...], Cut] = {}
        for group in self.groups:
            if len(group) > 1:
                members = frozenset(group)
                inside = Counter(
                    (name, edge.target)
                    for name in group
                    for edge in self.graph.calls[name]
                    if edge.target in members and edge.target != name
                )
                found[group] = free(inside)
        return found

    @cached_property
    def cut(self) -> frozenset[tuple[str, str]]:
        """Caller and callee of every call that has to go for all circles to be gone."""
        return frozenset(pair for cut in self.cuts.values() for pair in cut.pairs)

    def kept(self, name: str) -> Sequence[Call]:
        """A service's calls, to externals too, without those in `cut`."""
        if not self.circular:
            return self.services[name].calls
        return [call for call in self.services[name].calls if (name, call.to) not in self.cut]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Every service, callees before their callers (without the calls in `cut`)."""
        groups = self.groups
        if self.circular:
            groups = strongly_connected(
                {
                    name: [edge.target for edge in edges if (name, edge.target) not in self.cut]
                    for name, edges in self.graph.calls.items()
                }
            )
        return tuple(name for group in groups for name in group)

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
