"""The picture half of the scenes model: where which thing of which colour is, summed up as one embedding.

On the trunk's feature map every cell says which thing it shows, in which colour, and how much of a thing's middle it
holds. Learnt weights over the places then sum these maps, so that what is learnt of a thing at one place holds at
every place: this is what lets the model describe combinations that it has never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from tools.scenes.compose import Placed
from tools.scenes.words import CLASSES, COLOURS, TAILS

SIZE = 160
EMBEDDING = 256
BACKGROUNDS = len(TAILS)
CELLS = SIZE // 16
CHANNELS = 112
NOTHING = len(CLASSES)
COLOUR_NAMES = tuple(COLOURS)
UNCOLOURED = len(COLOUR_NAMES)


@dataclass(frozen=True, slots=True)
class Maps:
    """What the cells of a scene should say: class and colour ids [cells, cells], and the share of middles in each
    cell."""

    things: np.ndarray
    colours: np.ndarray
    middles: np.ndarray


EVIDENCE = NOTHING + UNCOLOURED + 2
REGIONS = 4


def build_cells() -> keras.Model:
    """Feature map -> (evidence [cells, cells, EVIDENCE], thing logits, colour logits, middles).

    Evidence is, per cell, how much of a middle of each thing and of each colour it holds, how much it shows of any
    thing, and how much of any middle it holds.
    """
    features = keras.Input((CELLS, CELLS, CHANNELS))
    x = _convolved(layers.BatchNormalization()(features), 144)
    x = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)))
    x = layers.SpatialDropout2D(0.1)(_convolved(x, 192))
    things = layers.Conv2D(NOTHING + 1, 1, name="things")(x)
    colours = layers.Conv2D(UNCOLOURED + 1, 1, name="colours")(x)
    middles = layers.Conv2D(1, 1, activation="sigmoid", name="middles")(x)
    shown = layers.Softmax()(things)[..., :NOTHING]
    tinted = layers.Softmax()(colours)[..., :UNCOLOURED]
    evidence = layers.Concatenate()([shown * middles, tinted * middles, ops.sum(shown, -1, keepdims=True), middles])
    return keras.Model(features, [evidence, things, colours, middles], name="cells")


def build_summary(embedding: int, width: int = 512, dropout: float = 0.1) -> keras.Model:
    """(evidence, shares of the kinds of background) -> the embedding of the picture."""
    evidence, backgrounds = keras.Input((CELLS, CELLS, EVIDENCE)), keras.Input((BACKGROUNDS,))
    places = layers.Dense(REGIONS**2, use_bias=False, kernel_initializer=_regions, name="places")
    summed = places(layers.Permute((2, 1))(layers.Reshape((CELLS * CELLS, EVIDENCE))(evidence)))
    anything = layers.Flatten()(evidence[..., -2:])
    x = layers.BatchNormalization()(layers.Concatenate()([layers.Flatten()(summed), anything, backgrounds]))
    x = layers.Dropout(dropout)(layers.Dense(width, activation="relu")(x))
    return keras.Model([evidence, backgrounds], layers.Dense(embedding, name="embedding")(x), name="summary")


def target_maps(placed: tuple[Placed, ...]) -> Maps:
    """The maps of a scene, from where its drawings are."""
    things = np.full((CELLS, CELLS), NOTHING, np.uint8)
    colours = np.full((CELLS, CELLS), UNCOLOURED, np.uint8)
    middles = np.zeros((CELLS, CELLS), np.float32)
    centres = (np.arange(CELLS) + 0.5) / CELLS
    for item in placed:
        radius = 0.42 * item.width
        covered = (np.abs(centres - item.y) <= radius)[:, None] & (np.abs(centres - item.x) <= radius)[None, :]
        things[covered] = CLASSES.index(item.thing.name)
        if item.colour is not None:
            colours[covered] = COLOUR_NAMES.index(item.colour)
        middles += np.outer(_shares(item.y), _shares(item.x))
    return Maps(things, colours, middles.clip(0, 1))


def _shares(place: float) -> np.ndarray:
    """How one unit at `place` (0..1) divides between the two cells whose centres are nearest."""
    return np.maximum(0, 1 - np.abs(np.arange(CELLS) + 0.5 - np.clip(place * CELLS, 0.5, CELLS - 0.5))).astype(
        np.float32
    )


def _convolved(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    return layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(x)))


def _regions(shape: tuple[int, ...], dtype: str | None = None) -> np.ndarray:
    """Starting weights of the places: overlapping regions in a square, each falling off from its centre."""
    centres = (np.arange(REGIONS) + 0.5) * CELLS / REGIONS
    falls = np.maximum(0, 1 - np.abs(np.arange(CELLS)[:, None] + 0.5 - centres) * REGIONS / CELLS)
    return np.einsum("ya,xb->yxab", falls, falls).reshape(shape).astype(dtype or np.float32)
