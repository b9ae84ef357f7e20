"""The picture: drawn from the call graph, in many formats that are pure functions of it."""

from .build import draw
from .changes import difference
from .formats import FORMATS, Drawing
from .layout import Engine
from .load_curve import load_png, load_svg
from .markdown import words
from .picture import Note, Picture, Sight, Sighting
from .sightings import sighted
from .view import View, seen
from .views import LARGE, By, Direction

__all__ = [
    "FORMATS",
    "LARGE",
    "By",
    "Direction",
    "Drawing",
    "Engine",
    "Note",
    "Picture",
    "Sight",
    "Sighting",
    "View",
    "difference",
    "draw",
    "load_png",
    "load_svg",
    "seen",
    "sighted",
    "words",
]
