"""Painters of backgrounds: each draws one kind on a square of a given size with its own randomness."""

from __future__ import annotations

import colorsys
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

Painter = Callable[[int, np.random.Generator], Image.Image]


def paint(name: str, size: int, random: np.random.Generator) -> Image.Image:
    return PAINTERS[name](size, random)


def _gradient(top: tuple[int, int, int], bottom: tuple[int, int, int], rough: float = 14.0) -> Painter:
    def painter(size: int, random: np.random.Generator) -> Image.Image:
        down = np.linspace(0, 1, size)[:, None, None]
        patches = Image.fromarray((random.standard_normal((40, 40)) * rough).astype(np.float32)).resize(
            (size, size), Image.Resampling.BILINEAR
        )
        values = np.array(top) * (1 - down) + np.array(bottom) * down + np.asarray(patches)[:, :, None]
        values = values + random.standard_normal((size, size, 1)) * 4 + random.integers(-12, 13)
        return Image.fromarray(values.clip(0, 255).astype(np.uint8))

    return painter


def _water(size: int, random: np.random.Generator) -> Image.Image:
    image = _gradient((70, 140, 210), (30, 90, 160))(size, random)
    draw = ImageDraw.Draw(image)
    for x, y in random.integers(0, size, (12, 2)):
        draw.arc([x, y, x + size * 0.11, y + size * 0.05], 180, 360, fill=(170, 205, 240), width=max(1, size // 128))
    return image


def _night(size: int, random: np.random.Generator) -> Image.Image:
    image = _gradient((15, 20, 50), (35, 40, 90), rough=3.0)(size, random)
    draw = ImageDraw.Draw(image)
    for x, y in random.integers(0, size, (28, 2)):
        draw.rectangle([x, y, x + size // 200, y + size // 200], fill=(230, 230, 210))
    return image


def _clouds(size: int, random: np.random.Generator) -> Image.Image:
    image = _gradient((120, 175, 235), (185, 215, 245), rough=3.0)(size, random)
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.integers(4, 8))):
        x, y, width = (
            random.uniform(-0.1, 0.95) * size,
            random.uniform(0, 0.95) * size,
            random.uniform(0.1, 0.22) * size,
        )
        shade = tuple(int(c) for c in random.integers(236, 252) - np.array([6, 3, 0]))
        for shift, lift, part in ((0.0, 0.0, 1.0), (0.5, -0.22, 0.8), (1.0, 0.0, 0.9)):
            draw.ellipse(
                [x + shift * width, y + lift * width, x + (shift + part) * width, y + (lift + part * 0.7) * width],
                fill=shade,
            )
    return image


def _brick(size: int, random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (size, size), (190, 185, 175))
    draw = ImageDraw.Draw(image)
    height, width = random.uniform(0.07, 0.1) * size, random.uniform(0.16, 0.22) * size
    joint = max(1.5, 0.02 * size)
    for row in range(int(size / height) + 1):
        for column in range(-1, int(size / width) + 2):
            shade = int(random.integers(-18, 19))
            x, y = column * width + (row % 2) * width / 2, row * height
            draw.rectangle(
                [x, y, x + width - joint, y + height - joint], fill=(165 + shade, 75 + shade // 2, 55 + shade // 2)
            )
    return image


def _wood(size: int, random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (size, size))
    draw = ImageDraw.Draw(image)
    width = random.uniform(0.12, 0.2) * size
    for plank in range(int(size / width) + 1):
        shade, x = int(random.integers(-15, 16)), plank * width
        draw.rectangle([x, 0, x + width - max(1, size // 80), size], fill=(150 + shade, 100 + shade, 55 + shade))
        for grain in random.uniform(0, width, 5):
            draw.line(
                [x + grain, 0, x + grain + random.uniform(-0.015, 0.015) * size, size],
                fill=(125 + shade, 80 + shade, 40 + shade),
            )
    return image


def _road(size: int, random: np.random.Generator) -> Image.Image:
    image = _gradient((112, 112, 116), (92, 92, 96), rough=6.0)(size, random)
    draw = ImageDraw.Draw(image)
    middle, dash, thick = random.uniform(0.3, 0.7) * size, random.uniform(0.12, 0.18) * size, max(2.0, 0.025 * size)
    for place in np.arange(-random.uniform(0, dash), size, dash * 1.8):
        draw.rectangle([place, middle, place + dash, middle + thick], fill=(228, 226, 216))
    return image


def _plain(size: int, random: np.random.Generator) -> Image.Image:
    colour = colorsys.hsv_to_rgb(random.random(), random.uniform(0.1, 0.35), random.uniform(0.75, 0.95))
    return Image.new("RGB", (size, size), tuple(int(255 * part) for part in colour))


PAINTERS: dict[str, Painter] = {
    "grass": _gradient((90, 160, 60), (60, 120, 40)),
    "sand": _gradient((225, 200, 140), (205, 175, 110)),
    "water": _water,
    "snow": _gradient((245, 248, 252), (215, 225, 235)),
    "brick": _brick,
    "wood": _wood,
    "road": _road,
    "night": _night,
    "clouds": _clouds,
    "plain": _plain,
}
