"""Pictures that nearly are some: PNG chunk by chunk and JPEG segment by segment, each part possibly wrong."""

import struct
import zlib

import numpy as np
from caption_pictures import gradient, packed, sixteen_bit_grey
from hypothesis import strategies as st
from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SIZES = st.sampled_from([0, 1, 2, 7, 8, 33, 300, 5000, 2**31 - 1, 2**31, 2**32 - 1])
_DEPTHS = st.sampled_from([0, 1, 2, 3, 4, 8, 16, 32, 255])
_KINDS = st.sampled_from(
    [b"PLTE", b"tRNS", b"gAMA", b"iCCP", b"eXIf", b"acTL", b"fcTL", b"fdAT", b"tEXt", b"zTXt", b"pHYs"]
)
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind: bytes, content: bytes, right: bool = True) -> bytes:
    return (
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content) ^ (not right))
    )


@st.composite
def pngs(draw: st.DrawFn) -> bytes:
    """Any size, depth, kind of colour and interlacing, with or without a palette, and pixels that may be too few."""
    small = st.integers(1, 20)
    width, height = draw(small | _SIZES), draw(small | _SIZES)
    depth, colour, interlaced = (
        draw(_DEPTHS),
        draw(st.sampled_from([0, 2, 3, 4, 6]) | st.integers(0, 255)),
        draw(st.integers(0, 2)),
    )
    pixels = min(width, 64) * min(height, 64) * _CHANNELS.get(colour, 4) * 2 + height % 64
    content = zlib.compress(draw(st.sampled_from([bytes(pixels), bytes(pixels // 3), b"\x05" * pixels])))
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))]
    parts += [
        chunk(draw(_KINDS), draw(st.binary(max_size=40)), draw(st.integers(0, 9)) > 0)
        for _ in range(draw(st.integers(0, 3)))
    ]
    cut = draw(st.integers(0, len(content)))
    parts += [chunk(b"IDAT", content[:cut]), chunk(b"IDAT", content[cut:])][: draw(st.integers(0, 2))]
    parts += [chunk(b"IEND", b"")] if draw(st.booleans()) else []
    if draw(st.integers(0, 4)) == 0:
        parts = list(draw(st.permutations(parts)))
    return _SIGNATURE + b"".join(parts)


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "words"
    return exif.tobytes()


WHOLE = [
    packed(gradient(), "JPEG"),
    packed(gradient("L"), "JPEG"),
    packed(gradient("CMYK"), "JPEG"),
    packed(gradient(), "JPEG", progressive=True),
    packed(gradient(), "JPEG", exif=_exif(), icc_profile=b"no profile"),
    packed(gradient("RGBA"), "PNG"),
    packed(gradient().quantize(16), "PNG", bits=4),
    packed(gradient("1"), "PNG"),
    packed(gradient("LA"), "PNG"),
    sixteen_bit_grey(np.asarray(gradient("L")).astype(np.uint16) * 257),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A whole picture in which bytes were changed, taken out, put in or cut off, near its head more often."""
    content = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, min(700, len(content))) | st.integers(0, len(content)))
        gone = draw(st.sampled_from([0, 1, 2, 4, 16, len(content)]))
        content = content[:place] + draw(st.binary(max_size=8)) + content[place + gone :]
    return content
