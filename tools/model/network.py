"""A whole captioning network of either size, as it is kept in a folder: model.json, words.txt and weights.npz."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from tools.model import inception, lite0, scene_encoder
from tools.model.decoder import Decoder
from tools.model.vocabulary import Vocabulary

Kind = Literal["im2txt", "scenes"]
SHARPNESS = 16.0


@dataclass(frozen=True, slots=True)
class Framing:
    """The whole picture stretched to `resize` squared, of which the middle `size` is kept; `smooth` resizes by
    averaging."""

    size: int
    resize: int
    smooth: bool


FRAMINGS: dict[Kind, Framing] = {
    "im2txt": Framing(inception.SIZE, inception.RESIZE, False),
    "scenes": Framing(scene_encoder.SIZE, scene_encoder.SIZE, True),
}


class Backgrounds(tf.Module):
    """Which kind of background a picture has, and how familiar that is: how far the picture's pooled features are
    from the middle of each kind, in units of how features spread within a kind."""

    def __init__(self, kinds: int, features: int) -> None:
        super().__init__(name="backgrounds")
        self.whitening = tf.Variable(tf.zeros([features, features]), name="whitening", trainable=False)
        self.middles = tf.Variable(tf.zeros([kinds, features]), name="middles", trainable=False)

    def __call__(self, maps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Trunk maps [n, cells, cells, channels] -> shares of the kinds [n, kinds], familiarity [n], at most 0."""
        white = tf.matmul(pooled_features(maps), self.whitening)
        distances = tf.reduce_mean(tf.square(white[:, None, :] - self.middles), -1)
        return tf.nn.softmax(-SHARPNESS * distances), -tf.reduce_min(distances, -1)


def pooled_features(maps: tf.Tensor) -> tf.Tensor:
    """Mean and spread of every channel over the places."""
    mean, variance = tf.nn.moments(maps, [1, 2])
    return tf.concat([mean, tf.sqrt(variance + 1e-3)], -1)


class Network(tf.Module):
    """Encoder and decoder with the words they speak."""

    def __init__(self, kind: Kind, vocabulary: Vocabulary, seed: int = 0, size: int | None = None) -> None:
        super().__init__(name=kind)
        keras.utils.set_random_seed(seed)
        self.kind, self.vocabulary, self.framing = kind, vocabulary, FRAMINGS[kind]
        if kind == "im2txt":
            self.encoder = inception.build_encoder(size or inception.SIZE)
            if size:
                self.framing = Framing(size, round(size * inception.RESIZE / inception.SIZE), False)
            self.decoder = Decoder(len(vocabulary), inception.EMBEDDING, inception.EMBEDDING, seed)
        else:
            self.trunk = lite0.build_trunk(scene_encoder.SIZE)
            self.cells = scene_encoder.build_cells()
            self.summary = scene_encoder.build_summary(scene_encoder.EMBEDDING)
            self.backgrounds = Backgrounds(scene_encoder.BACKGROUNDS, 2 * scene_encoder.CHANNELS)
            self.decoder = Decoder(len(vocabulary), scene_encoder.EMBEDDING, scene_encoder.EMBEDDING, seed)

    def encode(self, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        """Pictures [n, size, size, 3] with values 0..255 -> embedding [n, embedding], for scenes also familiarity
        [n]."""
        values = tf.cast(pictures, tf.float32)
        if self.kind == "im2txt":
            return {"embedding": self.encoder(values / 127.5 - 1.0, training=False)}
        maps = self.trunk((values - lite0.MEAN) / lite0.SCALE, training=False)
        evidence = scene_encoder.evidence_of(*self.cells(maps, training=False))
        backgrounds, familiarity = self.backgrounds(maps)
        return {"embedding": self.summary([evidence, backgrounds], training=False), "familiarity": familiarity}

    def save(self, folder: Path, counts: Counter[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.vocabulary.write(folder / "words.txt", counts)
        arrays = {
            f"{part}/{i:03d}": value.numpy() for part, values in self._parts().items() for i, value in enumerate(values)
        }
        np.savez(folder / "weights.npz", **arrays)
        (folder / "model.json").write_text(
            json.dumps({"kind": self.kind, "framing": asdict(self.framing), "rows": len(self.vocabulary)}, indent=2)
            + "\n"
        )

    def _parts(self) -> dict[str, list[tf.Variable]]:
        if self.kind == "im2txt":
            return {"encoder": [v.value for v in self.encoder.weights], "decoder": list(self.decoder.variables)}
        return {
            "trunk": [v.value for v in self.trunk.weights],
            "cells": [v.value for v in self.cells.weights if "seed" not in v.path],
            "summary": [v.value for v in self.summary.weights if "seed" not in v.path],
            "backgrounds": list(self.backgrounds.variables),
            "decoder": list(self.decoder.variables),
        }


def load(folder: Path) -> Network:
    """The network that `save` has written."""
    facts = json.loads((folder / "model.json").read_text())
    kind: Kind = facts["kind"]
    size = facts["framing"]["size"]
    network = Network(
        kind,
        Vocabulary.read(folder / "words.txt").padded(facts["rows"]),
        size=size if kind == "im2txt" and size != inception.SIZE else None,
    )
    arrays = np.load(folder / "weights.npz")
    for part, values in network._parts().items():
        for i, variable in enumerate(values):
            variable.assign(arrays[f"{part}/{i:03d}"])
    return network
