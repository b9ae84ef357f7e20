"""The picture for a comment: what changed in words, and a Mermaid drawing that code hosts draw by themselves."""

from collections.abc import Iterator
from typing import Final

from .mermaid import mermaid
from .picture import Picture
from .words import counts, heading

_MOST_DRAWN: Final = 400
_SPECIAL: Final = frozenset("\\`*_{}[]<>#|~!&$@")


def markdown(picture: Picture) -> str:
    """Heading, counts, differences where there are two sides, and the drawing where it is not too large for one."""
    return "\n".join(_lines(picture)) + "\n"


def words(picture: Picture) -> str:
    """The differences alone, one a line."""
    return "\n".join(_differences(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield f"### {_plain(heading(picture))}: architecture"
    yield ""
    yield _plain(counts(picture))
    yield from (f"<br>{_plain(remark)}" for remark in picture.remarks)
    yield ""
    if picture.difference:
        yield from _differences(picture)
        yield ""
    if len(picture.edges) <= _MOST_DRAWN:
        yield "```mermaid"
        yield mermaid(picture).rstrip("\n")
        yield "```"


def _differences(picture: Picture) -> Iterator[str]:
    if not picture.words:
        yield "Nothing in the picture is different."
    yield from (f"- {_plain(each)}" for each in picture.words)


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, and that mentions nobody."""
    return "".join(f"&#{ord(each)};" if each in "<>&@" else f"\\{each}" if each in _SPECIAL else each for each in text)
