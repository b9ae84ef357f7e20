"""The picture as PNG, with fonts of its own: no font or library of the system is asked."""

from importlib import resources
from typing import Final

from .layout import Engine
from .picture import Picture
from .svg import plain_svg

_SHARP: Final = 2.0
_MOST_PIXELS: Final = 60_000_000
_LATIN_END: Final = 0x100
_BEYOND_LATIN: Final = "“”–−…"


def png(picture: Picture, engine: Engine) -> bytes:
    """The picture in light colours at twice its size, less where that would be more than sixty million pixels.

    Text outside Latin script is drawn with the system's fonts, as far as there are any.
    """
    return paint(plain_svg(picture, engine))


def paint(drawing: str) -> bytes:
    """An SVG of ours as PNG, by the same rules."""
    import resvg_py

    fonts = resources.files(__package__).joinpath("fonts")
    with (
        resources.as_file(fonts.joinpath("Arimo-Regular.ttf")) as regular,
        resources.as_file(fonts.joinpath("Arimo-Bold.ttf")) as bold,
    ):
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=drawing,
                zoom=_zoom(drawing),
                font_files=[str(regular), str(bold)],
                font_family="Arimo",
                sans_serif_family="Arimo",
                skip_system_fonts=all(ord(each) < _LATIN_END or each in _BEYOND_LATIN for each in drawing),
            )
        )


def _zoom(drawing: str) -> float:
    width, height = (float(each) for each in drawing.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split())
    return float(min(_SHARP, (_MOST_PIXELS / (width * height)) ** 0.5))
