"""The shortest ring: the one search that rings, cuts and feedback loops share."""

from typing import Any


def shortest_ring(network: Any, through: str, at_most: int | None = None) -> list[str]:
    """A shortest ring of a networkx.DiGraph through one name, which comes first; empty when there is none.

    With `at_most`, only rings of so many names are looked for.
    """
    import networkx

    ways = networkx.single_source_shortest_path(network, through, None if at_most is None else at_most - 1)
    closed = [ways[name] for name in network.pred[through] if name in ways]
    return min(closed, key=len, default=[])


def shortest_ring_of_all(network: Any) -> list[str]:
    """A shortest ring of a networkx.DiGraph; empty when there is none."""
    best: list[str] = []
    for name in network:
        best = shortest_ring(network, name, len(best) - 1 if best else None) or best
        if len(best) == 2:
            break
    return best
