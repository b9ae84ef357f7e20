"""A ring that closes through a channel.

Why: a service that hears what it caused itself may answer itself for ever. Such loops can be meant, so this is a
warning; but each needs a reason why it ends.

How: calls and channels as one graph: a caller causes work in its callee, a publisher in every subscriber of its
channel. For every channel in a ring the shortest ring through it is reported once.

    order publishes orders.made; stock subscribes to it and calls order

Mend it: let it end on purpose (a state that is set once, a hop counter), and accept the finding with that reason; or
split the channel in two.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ...errors import Place, Related, Severity
from ...graph import Component, components, inside, shortest_ring
from ..chain import arrows
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING

_MOST: Final = 100


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each ring, at the line that publishes into its first channel."""
    published = {channel for service in facts.services.values() for channel in service.publishes}
    heard = {channel for service in facts.services.values() for channel in service.subscribes}
    causes = _causes(facts, sorted(published & heard))
    seen: set[frozenset[str]] = set()
    for component in components(causes):
        for ring in _rings(causes, component):
            if frozenset(ring) not in seen and len(seen) < _MOST:
                seen.add(frozenset(ring))
                yield _finding(facts, ring)


def _rings(causes: dict[str, list[str]], component: Component) -> Iterator[list[str]]:
    """A shortest ring through each channel of a component, the channel first."""
    import networkx

    network = networkx.DiGraph(inside(causes, component))
    for channel in filter(_is_channel, component):
        yield shortest_ring(network, channel)


def _causes(facts: Facts, channels: Iterable[str]) -> dict[str, list[str]]:
    """What these channels cause work in, and what that causes work in, and so on.

    Channels are marked, as a service may have the same name.
    """
    subscribers: dict[str, list[str]] = {}
    for name, service in facts.services.items():
        for channel in service.subscribes:
            subscribers.setdefault(_channel(channel), []).append(name)
    causes: dict[str, list[str]] = {}
    waiting = [_channel(channel) for channel in channels]
    while waiting:
        name = waiting.pop()
        if name not in causes:
            causes[name] = subscribers.get(name, []) if _is_channel(name) else _caused(facts, name)
            waiting += causes[name]
    return causes


def _caused(facts: Facts, service: str) -> list[str]:
    return [*facts.graph.successors[service], *map(_channel, facts.services[service].publishes)]


def _finding(facts: Facts, ring: list[str]) -> Breach:
    steps = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    publisher = ring[-1]
    return Breach(
        f"{publisher} hears what it caused itself: {arrows([_shown(name) for name in [publisher, *ring]])}",
        _place(facts, publisher, ring[0]),
        "say why it ends in `accept`, or split the channel",
        tuple(Related(_words(source, target), _place(facts, source, target)) for source, target in steps),
        service=publisher,
        subject=" > ".join(map(_shown, ring)),
    )


def _words(source: str, target: str) -> str:
    if _is_channel(source):
        return f"{target} subscribes to {_shown(source)}"
    return f"{source} publishes {_shown(target)}" if _is_channel(target) else f"{source} calls {target}"


def _place(facts: Facts, source: str, target: str) -> Place:
    if _is_channel(source):
        return facts.place(target, "subscribes", facts.services[target].subscribes.index(_shown(source)))
    if _is_channel(target):
        return facts.place(source, "publishes", facts.services[source].publishes.index(_shown(target)))
    return facts.graph.place(facts.graph.call(source, target))


def _channel(name: str) -> str:
    return f"channel {name}"


def _is_channel(name: str) -> bool:
    return name.startswith("channel ")


def _shown(name: str) -> str:
    return name.removeprefix("channel ")
