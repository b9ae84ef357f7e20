"""The frozen trunk's feature maps of all scenes, computed once and kept beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from tools.model.lite0 import MEAN, SCALE, build_trunk
from tools.model.scene_encoder import CELLS, CHANNELS, SIZE
from tools.model.scenes.__main__ import SHARD, shard_path
from tools.progress import Progress

BATCH = 50


def scene_features(folder: Path, split: str, count: int) -> np.ndarray:
    """Feature maps [count, cells, cells, channels] in half precision; what a run before has computed is read."""
    missing = [
        first for first in range(0, count, SHARD) if not _is_there(folder, split, first, min(SHARD, count - first))
    ]
    if missing:
        trunk = trunk_function()
        progress = Progress(f"features of {split}", len(missing))
        for first in missing:
            pictures = np.load(shard_path(folder, split, first), mmap_mode="r")
            maps = [trunk(pictures[i : i + BATCH]).numpy() for i in range(0, len(pictures), BATCH)]
            partial_path = _path(folder, split, first).with_suffix(".part.npy")
            np.save(partial_path, np.concatenate(maps))
            partial_path.replace(_path(folder, split, first))
            progress.step()
    features = np.empty((count, CELLS, CELLS, CHANNELS), np.float16)
    for first in range(0, count, SHARD):
        features[first : first + SHARD] = np.load(_path(folder, split, first), mmap_mode="r")[: count - first]
    return features


def trunk_function() -> tf.types.experimental.PolymorphicFunction:
    """Pictures [n, SIZE, SIZE, 3] with values 0..255 -> feature maps in half precision."""
    trunk = build_trunk(SIZE)
    return tf.function(
        lambda pictures: tf.cast(trunk((tf.cast(pictures, tf.float32) - MEAN) / SCALE, training=False), tf.float16),
        input_signature=[tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8)],
    )


def _is_there(folder: Path, split: str, first: int, count: int) -> bool:
    path = _path(folder, split, first)
    return path.exists() and len(np.load(path, mmap_mode="r")) >= count


def _path(folder: Path, split: str, first: int) -> Path:
    return folder / "scenes" / f"{split}-{first:06d}.features.npy"
