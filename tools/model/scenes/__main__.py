"""Makes scenes: pictures, their sentences and where everything is, in files of a thousand that a second run does not
make again.

Example: python -m tools.model.scenes --train 30000 --held-out 3000 --folder build/model
"""

from __future__ import annotations

import argparse
import io
import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from tools.model.scenes.compose import Scene, plan
from tools.model.scenes.draw import draw_disturbed
from tools.model.scenes.sprites import Sprites, fetch
from tools.progress import Progress

SHARD = 1000


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.scenes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=int, default=30000, help="scenes to train on (default: %(default)s)")
    parser.add_argument(
        "--held-out",
        type=int,
        default=3000,
        help="scenes of combinations that training never shows (default: %(default)s)",
    )
    parser.add_argument("--size", type=int, default=160, help="side of the pictures in pixels (default: %(default)s)")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/model"), help="where everything goes (default: %(default)s)"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (default: %(default)s)")
    options = parser.parse_args(arguments)
    make(options.folder, {"train": options.train, "held-out": options.held_out}, options.size, options.workers)


def make(folder: Path, counts: dict[str, int], size: int = 160, workers: int = 2) -> None:
    """Writes the missing files of each split under `folder`/scenes."""
    fetch(folder / "sprites")
    missing = [
        (split, first, min(SHARD, count - first)) for split, count in counts.items() for first in range(0, count, SHARD)
    ]
    missing = [part for part in missing if not _is_made(folder, part[0], part[1], part[2], size)]
    (folder / "scenes").mkdir(parents=True, exist_ok=True)
    progress = Progress("scenes", len(missing))
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(partial(_make_shard, folder, size), missing):
            progress.step()


def read_scenes(split: str, count: int, first: int = 0) -> list[Scene]:
    """The plans of a split; they follow from the seeds alone."""
    return [plan(seed, split == "held-out") for seed in range(first, first + count)]


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=quality)
    return packed.getvalue()


def _make_shard(folder: Path, size: int, part: tuple[str, int, int]) -> None:
    split, first, count = part
    sprites = Sprites(folder / "sprites" / "package", split == "held-out")
    scenes = [plan(seed, split == "held-out") for seed in range(first, first + count)]
    path = shard_path(folder, split, first)
    path.with_suffix(".json").write_text(
        json.dumps([{"seed": s.seed, "kind": s.kind, "sentences": s.sentences} for s in scenes])
    )
    partial_path = path.with_suffix(".part.npy")
    np.save(partial_path, np.stack([np.asarray(draw_disturbed(scene, sprites, size)) for scene in scenes]))
    partial_path.replace(path)


def _is_made(folder: Path, split: str, first: int, count: int, size: int) -> bool:
    path = shard_path(folder, split, first)
    if not path.exists() or np.load(path, mmap_mode="r").shape[:2] != (count, size):
        return False
    made = json.loads(path.with_suffix(".json").read_text())
    return all(tuple(facts["sentences"]) == plan(facts["seed"], split == "held-out").sentences for facts in made[:20])


def shard_path(folder: Path, split: str, first: int) -> Path:
    return folder / "scenes" / f"{split}-{first:06d}.npy"


if __name__ == "__main__":
    main()
