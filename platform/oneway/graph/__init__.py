"""The declared call graph and what can be asked of it."""

from .callgraph import CallGraph, Edge, build
from .cycles import Circle, circles, rings
from .feedback import Cut, free
from .impact import Hit, Impact, impact
from .order import call_order, strongly_connected
from .paths import Paths, amplification, paths, required
from .reach import Reach, reach

__all__ = [
    "CallGraph",
    "Circle",
    "Cut",
    "Edge",
    "Hit",
    "Impact",
    "Paths",
    "Reach",
    "amplification",
    "build",
    "call_order",
    "circles",
    "free",
    "impact",
    "paths",
    "reach",
    "required",
    "rings",
    "strongly_connected",
]
