"""The declared call graph and what can be asked of it."""

from .callgraph import CallGraph, Edge, build
from .cycles import Circle, circles, rings
from .feedback import Cut, free
from .order import call_order, strongly_connected
from .reach import Reach, reach

__all__ = [
    "CallGraph",
    "Circle",
    "Cut",
    "Edge",
    "Reach",
    "build",
    "call_order",
    "circles",
    "free",
    "reach",
    "rings",
    "strongly_connected",
]
