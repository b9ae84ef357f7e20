"""Draws planned scenes, with the small disturbances that pictures have: tilt, light, another size, JPEG traces."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

from tools.model.scenes import backgrounds
from tools.model.scenes.compose import Placed, Scene
from tools.model.scenes.sprites import Sprites


def draw(scene: Scene, sprites: Sprites, size: int) -> Image.Image:
    """The scene as an RGB square of `size` pixels; the same scene and size give the same picture."""
    random = np.random.default_rng([scene.seed, len(scene.placed), 7])
    image = backgrounds.paint(scene.background, size, random)
    for placed in scene.placed:
        _put(image, placed, sprites, random)
    return image


def draw_disturbed(scene: Scene, sprites: Sprites, size: int) -> Image.Image:
    """As `draw`, but half of the scenes are drawn at another size, or went through JPEG, before they get to `size`."""
    random = np.random.default_rng([scene.seed, 11])
    image = draw(scene, sprites, int(size * random.uniform(1.0, 2.0)) if random.random() < 0.5 else size)
    if random.random() < 0.5:
        packed = io.BytesIO()
        image.save(packed, "JPEG", quality=int(random.integers(70, 96)))
        image = Image.open(packed).convert("RGB")
    return image.resize((size, size), Image.Resampling.BILINEAR)


def _put(image: Image.Image, placed: Placed, sprites: Sprites, random: np.random.Generator) -> None:
    width = round(placed.width * image.width)
    drawing = sprites.image(placed.thing, placed.colour, int(random.integers(sprites.variants(placed.thing))))
    drawing = drawing.resize((width, width), Image.Resampling.BICUBIC)
    if random.random() < 0.5:
        drawing = ImageOps.mirror(drawing)
    drawing = drawing.rotate(random.uniform(-12, 12), Image.Resampling.BICUBIC)
    if random.random() < 0.7:
        values = np.asarray(drawing).astype(np.float32)
        values[..., :3] = (values[..., :3] * random.uniform(0.85, 1.1) + random.uniform(-12, 12)).clip(0, 255)
        drawing = Image.fromarray(values.astype(np.uint8))
    corner = (round(placed.x * image.width - width / 2), round(placed.y * image.height - width / 2))
    image.paste(drawing, corner, drawing)
