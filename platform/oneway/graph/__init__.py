"""The declared call graph and what can be asked of it."""

from .callgraph import CallGraph, Edge, build
from .cut import Cut, smallest_cut
from .headroom import Headroom, headroom
from .impact import Hit, Impact, impact
from .order import Component, callees_first, components, condensed, inside
from .paths import Paths, amplification, paths, required
from .reach import Reach, reach
from .rings import Ring, Rings, rings
from .search import shortest_ring

__all__ = [
    "CallGraph",
    "Component",
    "Cut",
    "Edge",
    "Headroom",
    "Hit",
    "Impact",
    "Paths",
    "Reach",
    "Ring",
    "Rings",
    "amplification",
    "build",
    "callees_first",
    "components",
    "condensed",
    "headroom",
    "impact",
    "inside",
    "paths",
    "reach",
    "required",
    "rings",
    "shortest_ring",
    "smallest_cut",
]
