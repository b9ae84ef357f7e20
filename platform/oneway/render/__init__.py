"""The picture: drawn from the call graph, in many formats that are pure functions of it."""

from .build import draw
from .formats import FORMATS, Drawing
from .layout import Engine
from .picture import Note, Picture

__all__ = ["FORMATS", "Drawing", "Engine", "Note", "Picture", "draw"]
