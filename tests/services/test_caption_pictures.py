"""From bytes to pixels: what is accepted looks right, what is refused is refused for the right reason."""

import struct
import zlib

import numpy as np
import pytest
from broken_pictures import chunk, damaged, pngs
from caption_pictures import body, gradient, packed, picture, png_of_size, sixteen_bit_grey
from hypothesis import HealthCheck, given, settings
from PIL import Image

from caption_service.pictures import MOST_PIXELS, Framing, PictureRefused, open_picture

ORIENTATION = 0x0112


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 400, "empty"),
        (b"hello", 415, "format"),
        (b"\xff\xd8\xff\xe0 nothing more", 400, "broken"),
        (packed(gradient(), "GIF"), 415, "format"),
        (packed(gradient(), "BMP"), 415, "format"),
        (packed(gradient(), "JPEG")[:-200], 400, "broken"),
        (packed(gradient(), "PNG")[:-60], 400, "broken"),
        (png_of_size(30_000, 30_000), 413, "pixels"),
        (png_of_size(100_000, 100_000), 413, "pixels"),
        (png_of_size(MOST_PIXELS // 1000 + 1, 1000), 413, "pixels"),
        (png_of_size(64, 64), 400, "broken"),
        (packed(gradient(), "PNG", save_all=True, append_images=[gradient().rotate(180)]), 422, "animated"),
    ],
)
def test_refuses(content: bytes, status: int, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        open_picture(content, 160)
    assert (refused.value.status, refused.value.reason) == (status, reason)


def header(depth: int, colour: int, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, depth, colour, 0, 0, interlaced))


PIXELS = chunk(b"IDAT", zlib.compress(bytes(8 * 9))) + chunk(b"IEND", b"")
# Found by fuzzing: Pillow answered each with an exception of its own kind.
FOUND = {
    "a palette picture without a palette": header(8, 3) + PIXELS,
    "with an empty palette": header(8, 3) + chunk(b"PLTE", b"") + PIXELS,
    "with a palette of a part of a colour": header(4, 3) + chunk(b"PLTE", b"\x01\x02") + PIXELS,
    "with transparency before its palette": header(8, 3) + chunk(b"tRNS", b"\0") + PIXELS,
    "with no header": PIXELS,
    "with transparency that is too short": header(16, 2) + chunk(b"tRNS", b"\0") + PIXELS,
    "with a frame of an animation that is not one": header(8, 2) + chunk(b"fcTL", b"\0" * 3) + PIXELS,
    "with an empty profile": header(8, 2) + chunk(b"iCCP", b"") + PIXELS,
}


@pytest.mark.parametrize("name", FOUND)
def test_what_fuzzing_found_is_refused_or_shown(name: str) -> None:
    assert outcome(b"\x89PNG\r\n\x1a\n" + FOUND[name]) in ("RGB", 400, 415)


@given(pngs() | damaged())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_damage_is_refused_or_shown_but_never_a_crash(content: bytes) -> None:
    assert outcome(content) in ("RGB", 400, 413, 415, 422)


def outcome(content: bytes) -> str | int:
    try:
        return open_picture(content, 160).mode
    except PictureRefused as refused:
        return refused.status


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_upright_by_exif(orientation: int) -> None:
    upright = gradient(size=(64, 48))
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turned[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    shown = open_picture(packed(stored, "JPEG", quality=95, exif=exif), 48)
    assert shown.size == upright.size
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(upright)).mean() < 3


@pytest.mark.parametrize(
    "content",
    [
        packed(gradient("CMYK"), "JPEG", quality=95),
        packed(gradient("L"), "JPEG", quality=95),
        packed(gradient("L"), "PNG"),
        packed(gradient().quantize(64), "PNG"),
        packed(gradient("RGBA"), "PNG"),
        packed(gradient("LA"), "PNG"),
        packed(gradient(), "JPEG", quality=95, progressive=True),
        sixteen_bit_grey(np.asarray(gradient("L")).astype(np.uint16) * 257),
    ],
    ids=["cmyk", "grey-jpeg", "grey-png", "palette", "rgba", "grey-alpha", "progressive", "sixteen-bit"],
)
def test_unusual_pictures_look_like_the_usual_one(content: bytes) -> None:
    shown = np.asarray(open_picture(content, 60)).astype(int)
    assert np.abs(shown - np.asarray(gradient())).mean() < 8


def test_transparent_parts_count_as_white() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert np.asarray(open_picture(packed(clear), 8)).min() == 255


def test_a_large_jpeg_is_decoded_small_but_large_enough() -> None:
    shown = open_picture(packed(gradient(size=(4000, 3000)), "JPEG"), 160)
    assert 160 <= min(shown.size) < 1000


def test_smooth_framing_shows_the_whole_picture() -> None:
    half = Image.new("RGB", (400, 100))
    half.paste((255, 255, 255), (200, 0, 400, 100))
    pixels = Framing(160, 160).pixels(half)
    assert pixels.shape == (1, 160, 160, 3)
    assert pixels[0, :, :79].max() < 5
    assert pixels[0, :, 81:].min() > 250


def test_framing_keeps_the_middle() -> None:
    """Of 346 pixels 23 or 24 are cut at each side, as the published preprocessing does."""
    columns = np.tile(np.arange(346, dtype=np.uint8)[None, :, None] % 200, (346, 1, 3))
    pixels = Framing(299, 346, smooth=False).pixels(Image.fromarray(columns))
    assert np.array_equal(pixels[0, 0, :, 0], columns[0, 23 : 23 + 299, 0])


def test_the_committed_scenes_open() -> None:
    assert open_picture(body("scene.jpg"), 320).size == picture("scene.jpg").size
