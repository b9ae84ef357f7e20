"""How wide text is, without asking a font system: advance widths of Arimo, which has Helvetica's and Arial's."""

import unicodedata
from typing import Final

_FIRST: Final = 32
_REGULAR: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_BOLD: Final = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
)  # fmt: skip
_OTHERS: Final = {"×": 584, "·": 333, "–": 556, "−": 584, "…": 1000, "“": 333, "”": 333}
_WIDE: Final = 1000
_UNKNOWN: Final = 600


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line in the unit of `size`."""
    table = _BOLD if bold else _REGULAR
    return sum(_advance(character, table) for character in text) * size / 1000


def is_measured(text: str) -> bool:
    """Whether the width of every character is known, not guessed."""
    return all(" " <= character <= "~" or character in _OTHERS for character in text)


def shortened(text: str, size: float, room: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it would not fit the room."""
    if text_width(text, size, bold) <= room:
        return text
    kept = text
    while kept and text_width(kept + "…", size, bold) > room:
        kept = kept[:-1]
    return kept + "…"


def _advance(character: str, table: tuple[int, ...]) -> int:
    at = ord(character) - _FIRST
    if 0 <= at < len(table):
        return table[at]
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    return _OTHERS.get(character, _UNKNOWN)
