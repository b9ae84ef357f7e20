"""The declared call graph and what can be asked of it."""

from .callgraph import CallGraph, Edge, build
from .cycles import rings
from .order import call_order, strongly_connected

__all__ = ["CallGraph", "Edge", "build", "call_order", "rings", "strongly_connected"]
