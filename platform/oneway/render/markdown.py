"""The picture for a comment: what changed in words, and a Mermaid drawing that code hosts draw by themselves."""

from collections.abc import Sequence
from typing import Final

from .mermaid import mermaid
from .picture import Picture
from .views import By, rolled_up
from .words import counts, heading

LONGEST: Final = 65_000  # characters; GitHub takes 65,536 in a comment
LONGEST_DRAWING: Final = 49_000  # Mermaid's maxTextSize is 50,000
MOST_ARROWS: Final = 500  # Mermaid's maxEdges
MOST_CARDS: Final = 80  # of more, nobody can read one in a comment's width
_OPEN: Final = 15
_ROOM_TO_END: Final = 200
_SPECIAL: Final = frozenset("\\`*_{}[]<>#|~!&$@")


def markdown(picture: Picture) -> str:
    """Heading, counts, differences where there are two sides, and a drawing as far as a comment can hold it.

    What is too large for Mermaid is drawn by domain; what is still too large is said, with where to look at it.
    """
    head = [f"### {_plain(heading(picture))}: architecture", "", _plain(counts(picture))]
    head += [f"<br>{_plain(remark)}" for remark in picture.remarks]
    drawing = ["", *_drawing(picture), *_link(picture)]
    room = LONGEST - sum(len(line) + 1 for line in (*head, *drawing))
    said = ["", *_folded(picture, room)] if picture.difference or picture.sightings else []
    return "\n".join([*head, *said, *drawing]) + "\n"


def words(picture: Picture) -> str:
    """The differences alone, one a line."""
    return "\n".join(_differences(picture)) + "\n"


def _drawing(picture: Picture) -> list[str]:
    choices = [(picture, "")]
    if picture.by == By.SERVICE.value:
        choices += [(rolled_up(picture, By.DOMAIN), "By domain: a comment has no room for every service.")]
    for each, remark in choices:
        text = mermaid(each).rstrip("\n")
        fits = len(text) <= LONGEST_DRAWING and len(each.edges) <= MOST_ARROWS
        if fits and len(each.nodes) <= MOST_CARDS:
            return [*([remark, ""] if remark else []), "```mermaid", text, "```"]
    where = "" if picture.link else " `platform render-graph -o architecture.html` draws it."
    return [f"The drawing is too large for a comment.{where}"]


def _link(picture: Picture) -> list[str]:
    return ["", f"[The whole picture](<{picture.link}>)"] if picture.link else []


def _folded(picture: Picture, room: int) -> list[str]:
    """The differences, the first few in the open; those beyond the room are only counted."""
    lines = _differences(picture)
    if len(lines) > _OPEN:
        summary = f"<summary>{len(lines) - _OPEN} more</summary>"
        lines = [*lines[:_OPEN], "", "<details>", summary, "", *lines[_OPEN:], "", "</details>"]
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < _ROOM_TO_END:
            return [*kept, *_end(lines, kept)]
        kept.append(line)
    return kept


def _end(lines: Sequence[str], kept: Sequence[str]) -> list[str]:
    left = sum(line.startswith("- ") for line in lines[len(kept) :])
    more = [f"- and {left:,} more; `platform render-graph --diff` without `-o` says all of them"]
    return [*more, "", "</details>"] if "<details>" in kept else more


def _differences(picture: Picture) -> list[str]:
    if not picture.words:
        return ["Nothing in the picture is different."]
    return [f"- {_plain(each)}" for each in picture.words]


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, and that mentions nobody."""
    return "".join(f"&#{ord(each)};" if each in "<>&@" else f"\\{each}" if each in _SPECIAL else each for each in text)
