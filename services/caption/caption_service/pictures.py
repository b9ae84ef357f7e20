"""From the bytes of an upload to pixels, in bounded memory: what cannot be shown to the model is refused with the
reason."""

from __future__ import annotations

import io
import logging
import threading
import warnings
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

LARGEST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 26_000_000
# A picture with more pixels than this is opened while no other such is, so that the memory for it is there once.
LARGE = 4_000_000
FORMATS = ("JPEG", "PNG")
WHITE = (255, 255, 255)

Pixels = npt.NDArray[np.uint8]

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# What Pillow warns of is refused here, or of no interest; and its warnings would go around the log.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")

_LARGE = threading.Lock()
_log = logging.getLogger("caption_service")


class PictureRefused(Exception):
    """The body holds no picture that can be captioned. `status` is the HTTP status that says so."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Framing:
    """How pixels get to the model's size: the whole picture stretched to `resize` squared, of which the middle `size`
    is kept.

    `smooth` averages over what shrinks (as Pillow does); otherwise only the four nearest pixels count (as TensorFlow
    does).
    """

    size: int
    resize: int
    smooth: bool = True

    def pixels(self, picture: Image.Image) -> Pixels:
        """[1, size, size, 3] with values 0..255."""
        margin = (self.resize - self.size) / 2 / self.resize
        if self.smooth:
            box = (
                margin * picture.width,
                margin * picture.height,
                (1 - margin) * picture.width,
                (1 - margin) * picture.height,
            )
            framed = picture.resize((self.size, self.size), Image.Resampling.BILINEAR, box=box)
        else:
            across, down = picture.width / self.resize, picture.height / self.resize
            offset = (self.resize - self.size) // 2
            matrix = (across, 0.0, offset * across, 0.0, down, offset * down)
            framed = picture.transform(
                (self.size, self.size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
            )
        return np.asarray(framed, np.uint8)[None]


def open_picture(body: bytes, needed: int) -> Image.Image:
    """The picture upright in RGB, at least `needed` pixels wide and high where it has as many; one that is much larger
    is made smaller before anything else. Raises PictureRefused."""
    if not body:
        raise PictureRefused(400, "empty", "the body is empty; send the bytes of a JPEG or PNG picture")
    try:
        picture = Image.open(io.BytesIO(body), formats=FORMATS)
        _check(picture)
        with _large_ones_in_turn(picture):
            return _to_rgb(_upright(_shrunk(picture, needed)))
    except UnidentifiedImageError:
        raise PictureRefused(415, "format", "the body is no JPEG or PNG picture; convert it to one of them") from None
    except Image.DecompressionBombError:
        raise _too_many_pixels("more") from None
    except PictureRefused:
        raise
    except MemoryError:
        raise _too_many_pixels("more than there is memory for") from None
    except Exception as error:
        # Pillow raises whatever its many decoders run into: whichever it is, the bytes are no picture.
        if not isinstance(error, OSError | SyntaxError | ValueError | EOFError):
            _log.warning("a decoder failed in its own way: %s", type(error).__name__)
        raise PictureRefused(400, "broken", "the picture is broken or cut off; send the whole file") from None


def _check(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels(f"{picture.width} x {picture.height}")
    if getattr(picture, "n_frames", 1) > 1 and picture.format == "PNG":
        raise PictureRefused(422, "animated", "the picture is animated; send one frame of it")


def _too_many_pixels(found: str) -> PictureRefused:
    return PictureRefused(
        413,
        "pixels",
        f"the picture has too many pixels ({found}, where {MOST_PIXELS:,} in all are accepted); shrink it",
    )


def _large_ones_in_turn(picture: Image.Image) -> AbstractContextManager[object]:
    return _LARGE if picture.width * picture.height > LARGE else nullcontext()


def _shrunk(picture: ImageFile.ImageFile, needed: int) -> Image.Image:
    """The decoded picture, made smaller by a whole number each way so that `needed` pixels are left; the model sees
    it stretched to a square in any case."""
    if picture.format == "JPEG":
        picture.draft(picture.mode, (needed, needed))
    picture.load()
    times = max(1, picture.width // needed), max(1, picture.height // needed)
    return picture if times == (1, 1) else _averageable(picture).reduce(times)


def _averageable(picture: Image.Image) -> Image.Image:
    """In a mode whose values can be averaged: no palette, no single bits."""
    if picture.mode in ("1", "P", "PA"):
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture.convert("I") if picture.mode.startswith("I;") else picture


def _upright(picture: Image.Image) -> Image.Image:
    with suppress(SyntaxError, ValueError, TypeError, KeyError, ZeroDivisionError, OverflowError):
        ImageOps.exif_transpose(picture, in_place=True)
    return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        values = np.asarray(picture) >> 8
        return Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, WHITE)
        paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return paper
    return picture if picture.mode == "RGB" else picture.convert("RGB")
