"""From bytes to pixels: what is accepted looks right, what is refused is refused for the right reason."""

import numpy as np
import pytest
from caption_pictures import body, gradient, packed, picture, png_of_size, sixteen_bit_grey
from hypothesis import given, settings
from hypothesis import strategies as st
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


@given(st.binary(max_size=300), st.integers(0, 400), st.sampled_from(["JPEG", "PNG"]))
@settings(max_examples=150, deadline=None)
def test_damage_is_refused_or_shown_but_never_a_crash(noise: bytes, place: int, kind: str) -> None:
    whole = packed(gradient(), kind)
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    try:
        outcome: object = open_picture(damaged, 160).mode
    except PictureRefused as refused:
        outcome = refused.status
    assert outcome in ("RGB", 400, 413, 415, 422)


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
