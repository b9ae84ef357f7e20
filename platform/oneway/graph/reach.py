"""Who reaches whom, over everything at once: closures as big integers used as bit sets.

Hand-written, because networkx keeps a closure as one dictionary entry per pair: gigabytes for 18,500 services.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .order import Successors, condensed


@dataclass(frozen=True, slots=True)
class Reach:
    """For every name the set of names it reaches, itself included, as a bit set over `names`.

    A set costs one bit per name, so that 18,500 closures over 18,500 services need 43 MB at the most.
    """

    names: tuple[str, ...]
    numbers: Mapping[str, int]
    sets: Mapping[str, int]

    def count(self, name: str) -> int:
        """How many names it reaches, itself not counted."""
        return self.sets[name].bit_count() - 1

    def of(self, name: str) -> list[str]:
        """The names it reaches, sorted, itself left out."""
        return sorted(each for each in self._members(self.sets[name]) if each != name)

    def mask(self, names: Iterable[str]) -> int:
        """The bit set of some names."""
        bits = bytearray((len(self.names) + 7) // 8)
        for name in names:
            number = self.numbers[name]
            bits[number >> 3] |= 1 << (number & 7)
        return int.from_bytes(bits, "little")

    def _members(self, members: int) -> Iterator[str]:
        for at, byte in enumerate(members.to_bytes((members.bit_length() + 7) // 8, "little")):
            for bit in range(8):
                if byte >> bit & 1:
                    yield self.names[8 * at + bit]


def reach(successors: Successors, order: Iterable[str] | None = None) -> Reach:
    """The closure of every name. Rings are allowed: the members of a component reach the same.

    Where it is known that there are none, `order` lists every name after those that it leads to.
    """
    components = condensed(successors) if order is None else [(name,) for name in order]
    names = tuple(name for component in components for name in component)
    numbers = {name: number for number, name in enumerate(names)}
    sets: dict[str, int] = {}
    for component in components:
        members = 0
        for name in component:
            members |= 1 << numbers[name]
            for target in successors[name]:
                members |= sets.get(target, 0)
        for name in component:
            sets[name] = members
    return Reach(names, numbers, sets)
