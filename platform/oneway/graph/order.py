"""Callees before callers, where that is possible, and the components where it is not.

`graphlib` answers whether there is a ring at all, in a fraction of the time that importing networkx takes; so networkx
is imported only where there is one.
"""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

Successors = Mapping[str, Iterable[str]]
"""For every name those that it leads to; no name leads to itself."""

Component = tuple[str, ...]
"""Names that all lead to each other, sorted."""


def callees_first(successors: Successors) -> tuple[str, ...] | None:
    """Every name after those that it leads to; None when there is a ring."""
    try:
        return tuple(TopologicalSorter(successors).static_order())
    except CycleError:
        return None


def waves(successors: Successors) -> list[tuple[str, ...]]:
    """The same in waves: everything that a wave leads to is in the waves before it. CycleError when there is a ring."""
    sorter = TopologicalSorter(successors)
    sorter.prepare()
    found: list[tuple[str, ...]] = []
    while sorter.is_active():
        found.append(tuple(sorted(sorter.get_ready())))
        sorter.done(*found[-1])
    return found


def components(successors: Successors) -> tuple[Component, ...]:
    """The strongly connected components of more than one name, sorted."""
    if callees_first(successors) is not None:
        return ()
    import networkx

    found = networkx.strongly_connected_components(networkx.DiGraph(successors))
    return tuple(sorted(tuple(sorted(names)) for names in found if len(names) > 1))


def condensed(successors: Successors) -> list[Component]:
    """Every component, those of one name too, after those that it leads to."""
    straight = callees_first(successors)
    if straight is not None:
        return [(name,) for name in straight]
    import networkx

    condensation = networkx.condensation(networkx.DiGraph(successors))
    callers_first = networkx.topological_sort(condensation)
    return [tuple(sorted(condensation.nodes[number]["members"])) for number in reversed(list(callers_first))]


def inside(successors: Successors, component: Component) -> dict[str, list[str]]:
    """What of it leads from one member of a component to another."""
    members = frozenset(component)
    return {name: [target for target in successors[name] if target in members] for name in component}
