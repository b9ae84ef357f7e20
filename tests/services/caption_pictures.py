"""Pictures to send to caption: the committed ones, and bodies that are none."""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

TESTDATA = Path(__file__).resolve().parents[2] / "services" / "caption" / "testdata"
SCENES: dict[str, dict[str, list[str]]] = json.loads((TESTDATA / "scenes.json").read_text())
PHOTOS = sorted(file.name for file in TESTDATA.glob("photo-*.jpg"))


def picture(name: str) -> Image.Image:
    return Image.open(TESTDATA / name).convert("RGB")


def body(name: str) -> bytes:
    return (TESTDATA / name).read_bytes()


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def gradient(mode: str = "RGB", size: tuple[int, int] = (90, 60)) -> Image.Image:
    across = np.linspace(0, 255, size[0], dtype=np.uint8)
    values = np.stack([np.tile(across, (size[1], 1))] * 3, -1)
    return Image.fromarray(values).convert(mode)


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + _chunk(b"IEND", b"")
    )


def sixteen_bit_grey(values: np.ndarray) -> bytes:
    """A greyscale PNG with 16 bits a pixel."""
    height, width = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
