"""Text inside markup, and inside its box."""

from html import escape
from typing import Final

from .measure import is_measured, text_width

_NEVER_IN_XML: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}")
_WIDER: Final = 1.3


def escaped(text: str) -> str:
    """Text that is nothing but text in XML; what XML 1.0 cannot hold at all becomes a replacement character."""
    return escape(text).translate(_NEVER_IN_XML)


def fitted(text: str, size: float, room: float, bold: bool = False) -> str:
    """SVG attributes that hold a text to its measured width in any font.

    None where a wide font (DejaVu Sans, Verdana) leaves room anyway, and none for a width that is only guessed.
    """
    width = text_width(text, size, bold)
    if width * _WIDER <= room or not is_measured(text):
        return ""
    return f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
