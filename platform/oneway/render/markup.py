"""Text inside markup."""

from html import escape
from typing import Final

_NEVER_IN_XML: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\N{REPLACEMENT CHARACTER}")


def escaped(text: str) -> str:
    """Text that is nothing but text in XML; what XML 1.0 cannot hold at all becomes a replacement character."""
    return escape(text).translate(_NEVER_IN_XML)
