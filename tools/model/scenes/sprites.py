"""The drawings: Twemoji graphics (CC BY 4.0) from the npm package emoji-datasource-twitter, recoloured where a scene
asks."""

from __future__ import annotations

import colorsys
import json
import re
import subprocess
import tarfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tools.model.scenes.words import COLOURS, SOMETHING, THINGS, Thing

PACKAGE = "emoji-datasource-twitter@16.0.0"
PIXELS = 64


def fetch(folder: Path) -> Path:
    """The folder of the unpacked package; fetched with npm when it is not there yet."""
    unpacked = folder / "package"
    if not (unpacked / "emoji.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, check=False
        )
        archives = sorted(folder.glob("emoji-datasource-twitter-*.tgz"))
        if done.returncode or not archives:
            raise RuntimeError(
                f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-300:]}; "
                f"install npm, or unpack the package in {unpacked}"
            )
        with tarfile.open(archives[-1]) as archive:
            archive.extractall(folder, filter="data")
        archives[-1].unlink()
    return unpacked


class Sprites:
    """Every drawing of the package by its short name, in all its skin tones. `held_out` chooses which of the drawings
    that are not of a known thing stand for `something`: training never shows the others."""

    def __init__(self, package: Path, held_out: bool) -> None:
        self.folder = package / "img" / "twitter" / str(PIXELS)
        self.files: dict[str, list[str]] = {}
        others = []
        for emoji in json.loads((package / "emoji.json").read_text()):
            if emoji["has_img_twitter"]:
                tones = [tone["image"] for tone in emoji.get("skin_variations", {}).values() if tone["has_img_twitter"]]
                for name in emoji["short_names"]:
                    self.files[name] = [emoji["image"], *tones]
                if _is_something(emoji) and (zlib.crc32(emoji["image"].encode()) % 7 == 0) == held_out:
                    others.append(emoji["image"])
        self.files[SOMETHING.sprite] = sorted(others)

    def variants(self, thing: Thing) -> int:
        return len(self.files[thing.sprite])

    def image(self, thing: Thing, colour: str | None, variant: int) -> Image.Image:
        return _drawing(self.folder / self.files[thing.sprite][variant], thing.hue, COLOURS[colour] if colour else None)


def _is_something(emoji: dict[str, Any]) -> bool:
    """Whether the drawing is of no known thing, nor of anything that could be called one."""
    words = set(re.split(r"[-_ ]", " ".join([*emoji["short_names"], emoji["name"].lower()])))
    return emoji["category"] not in ("People & Body", "Component") and not words & TAKEN


TAKEN = {word for thing in THINGS for word in (*thing.name.split(), *re.split("[-_]", thing.sprite))} - {"a"} | {
    "automobile",
    "minibus",
    "trolleybus",
    "railway",
    "tram",
    "metro",
    "ship",
    "sailboat",
    "canoe",
    "bunny",
    "hedgehog",
    "bird",
    "chick",
    "hen",
    "blossom",
    "evergreen",
    "palm",
    "bicyclist",
    "skin",
    "music",
    "shell",
    "books",
    "notebook",
    "hearts",
    "stars",
    "circle",
    "homes",
    "building",
    "buildings",
    "pony",
    "ox",
    "buffalo",
    "boar",
    "shortcake",
    "cupcake",
    "keys",
    "new",
    "full",
}


@lru_cache(maxsize=4096)
def _drawing(path: Path, hue: float | None, wanted: float | None) -> Image.Image:
    image = Image.open(path).convert("RGBA")
    return image if hue is None or wanted is None else _recoloured(image, hue, wanted)


def _recoloured(image: Image.Image, hue: float, wanted: float, within: float = 40.0) -> Image.Image:
    """Turns the hue of saturated pixels near `hue` degrees to `wanted`; shades and other colours stay."""
    values = np.asarray(image).copy()
    for y, x in np.argwhere(values[..., 3] > 0):
        h, s, v = colorsys.rgb_to_hsv(*(values[y, x, :3] / 255.0))
        if s > 0.3 and abs((h * 360 - hue + 180) % 360 - 180) <= within:
            values[y, x, :3] = np.round(
                255 * np.array(colorsys.hsv_to_rgb(((h * 360 - hue + wanted) % 360) / 360, s, v))
            )
    return Image.fromarray(values)
