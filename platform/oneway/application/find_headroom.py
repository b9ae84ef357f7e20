"""Where the whole system is full first when its entries get more requests."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from typing import Final

from ..errors import UsageError
from ..graph import Headroom, build, headroom
from ..model import Measured, System
from ..render import Picture, View, draw, seen
from ..render.picture import NodeKind
from ..rules.nearest import Nearest
from .draw_picture import Drawing
from .layout_engine import LayoutChoice, layout_engines

_ENTRY: Final = re.compile(r"([^=]+)=([0-9]{1,9}(?:\.[0-9]{1,6})?)(?:/s)?")


def read_entries(system: System, texts: Iterable[str]) -> dict[str, float]:
    """Requests a second by service from `gateway=50`. UsageError for what is none."""
    entries: dict[str, float] = {}
    for text in (part.strip() for each in texts for part in each.split(",")):
        found = _ENTRY.fullmatch(text)
        if found is None or not float(found[2]):
            raise UsageError(f"--entry {text} is no load", "a service and its requests a second, as in gateway=50")
        if found[1] not in system.services:
            raise UsageError(f"there is no service {found[1]}", Nearest(system.services).hint(found[1], ""))
        entries[found[1]] = float(found[2])
    return entries


def find_headroom(system: System, entries: dict[str, float]) -> list[Headroom]:
    """Every service by how soon it is full. UsageError where nothing enters, or nobody knows what anything carries."""
    found = headroom(system, entries)
    if not any(each.demand for each in found):
        raise UsageError("nothing enters this system", "say how much, as in --entry gateway=50")
    if first_full(found) is None:
        raise UsageError(
            "nobody knows what any service carries that requests reach", "`platform load SERVICE --write` measures it"
        )
    return found


def first_full(found: Sequence[Headroom]) -> Headroom | None:
    """The service that is full first; None where nobody knows."""
    return next((each for each in found if each.factor is not None and each.factor < inf), None)


def source_of(system: System, service: str) -> str:
    """Where the number of a service comes from, in words."""
    for found in system.measured.values():
        if isinstance(found, Measured) and found.service == service:
            return f"measured {found.measured} on {found.version}"
    return "declared, never measured"


def draw_headroom(system: System, found: Sequence[Headroom], format: str) -> Drawing:
    """The architecture with how far each service is from being full."""
    picture = _marked(draw(build(system)), found)
    return Drawing(seen(picture, View(), format), format, layout_engines(LayoutChoice.AUTO))


def _marked(picture: Picture, found: Sequence[Headroom]) -> Picture:
    by_name, first = {each.service: each for each in found}, first_full(found)
    nodes = []
    for node in picture.nodes:
        room = by_name.get(node.id) if node.kind is NodeKind.SERVICE else None
        factor = None if room is None or room.factor == inf else room.factor
        if factor is None:
            nodes.append(node)
        else:
            words = f"{'full first' if room is first else 'full'} at ×{factor:.3g}"
            nodes.append(replace(node, replicas=f"{node.replicas}, {words}".lstrip(", ")))
    return replace(picture, nodes=tuple(nodes))
