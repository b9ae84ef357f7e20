"""Every format by the ending of its file: a function of the picture, and of a layout engine where it needs one."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, NamedTuple

from .layout import Engine
from .picture import Picture


class Names(Enum):
    """Where a format writes names instead of arrows: nowhere, for hubs, or also between crowded domains."""

    NOWHERE = auto()
    FOR_HUBS = auto()
    BETWEEN_DOMAINS = auto()


class Drawing(NamedTuple):
    """How a format is drawn, whether that takes a layout, and whether it holds the whole for the reader to choose."""

    draw: Callable[[Picture, Engine], bytes]
    laid_out: bool
    help: str
    names: Names = Names.FOR_HUBS
    whole: bool = False


def _svg(picture: Picture, engine: Engine) -> bytes:
    from .svg import svg

    return svg(picture, engine).encode()


def _png(picture: Picture, engine: Engine) -> bytes:
    from .png import png

    return png(picture, engine)


def _html(picture: Picture, engine: Engine) -> bytes:
    from .html import html

    return html(picture, engine).encode()


def _mermaid(picture: Picture, engine: Engine) -> bytes:
    from .mermaid import mermaid

    return mermaid(picture).encode()


def _markdown(picture: Picture, engine: Engine) -> bytes:
    from .markdown import markdown

    return markdown(picture).encode()


def _dot(picture: Picture, engine: Engine) -> bytes:
    from .dot import dot

    return dot(picture).encode()


def _json(picture: Picture, engine: Engine) -> bytes:
    from .as_json import as_json

    return as_json(picture).encode()


FORMATS: Final[dict[str, Drawing]] = {
    "svg": Drawing(_svg, True, "for pages; follows light and dark", Names.BETWEEN_DOMAINS),
    "png": Drawing(_png, True, "for slides and chats", Names.BETWEEN_DOMAINS),
    "html": Drawing(_html, True, "to click through, in one file", Names.BETWEEN_DOMAINS, whole=True),
    "dot": Drawing(_dot, False, "for Graphviz"),
    "mmd": Drawing(_mermaid, False, "for pages that draw Mermaid"),
    "md": Drawing(_markdown, False, "for comments on a change: words and Mermaid"),
    "json": Drawing(_json, False, "for programs", Names.NOWHERE, whole=True),
}
