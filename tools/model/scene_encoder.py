"""The picture half of the scenes model: where which thing of which colour is, summed up as one embedding.

On the trunk's feature map every cell says which thing it shows, in which colour, and how much of a thing's middle it
holds. Learnt weights over the places then sum these maps, so that what is learnt of a thing at one place holds at
every place: this is what lets the model describe combinations that it has never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tools.model.scenes.compose import Placed
from tools.model.scenes.words import CLASSES, COLOURS, TAILS

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
WINDOWS = CELLS + 1
LAYOUTS, PARTS, GLANCE, MOST = 2, 2, 64, 5
LEAST_MIDDLE = 0.3


def build_cells() -> keras.Model:
    """Feature map -> (thing logits, colour logits, middles), each per cell."""
    features = keras.Input((CELLS, CELLS, CHANNELS))
    x = _convolved(layers.BatchNormalization()(features), 144)
    x = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)))
    x = layers.SpatialDropout2D(0.1)(_convolved(x, 192))
    things = layers.Conv2D(NOTHING + 1, 1, name="things")(x)
    colours = layers.Conv2D(UNCOLOURED + 1, 1, name="colours")(x)
    middles = layers.Conv2D(1, 1, activation="sigmoid", name="middles")(x)
    return keras.Model(features, [things, colours, middles], name="cells")


def evidence_of(things: tf.Tensor, colours: tf.Tensor, middles: tf.Tensor) -> tf.Tensor:
    """What the cells say, gathered where the middles of things are: [n, windows, windows, EVIDENCE].

    A middle lies within a window of two by two cells. A window that holds more of one than its neighbours do stands
    for one thing, and has its shares of things and colours, which sum to 1; the others have none. Last come whether
    the window stands for a thing, and how much of any thing is shown there.
    """
    shown = tf.nn.softmax(things)[..., :NOTHING]
    tinted = tf.nn.softmax(colours)[..., :UNCOLOURED]
    window = _windowed(middles)
    highest = tf.nn.max_pool2d(window, 3, 1, "SAME")
    peaks = tf.cast(window >= highest - 1e-6, tf.float32) * tf.cast(window > LEAST_MIDDLE, tf.float32)
    shares = _windowed(tf.concat([shown, tinted], -1) * middles) / tf.maximum(window, LEAST_MIDDLE) * peaks
    return tf.concat([shares, peaks, _windowed(tf.reduce_sum(shown, -1, keepdims=True)) / 4], -1)


def build_summary(embedding: int, width: int = 512, dropout: float = 0.1) -> keras.Model:
    """(evidence, shares of the kinds of background) -> the embedding of the picture.

    Where something stands, whatever it is, tells the layout: one beside the other, or one above the other. A layout
    says how much every place belongs to what a sentence names first and to what it names second; each of these parts
    is the sum of the evidence at its places. As no layout knows what stands where, they hold for things that were
    never seen together.
    """
    evidence, backgrounds = keras.Input((WINDOWS, WINDOWS, EVIDENCE)), keras.Input((BACKGROUNDS,))
    anything = layers.Flatten()(evidence[..., -2:])
    layout = layers.Dense(LAYOUTS, "softmax", name="layout")(layers.Dense(GLANCE, "relu", name="glance")(anything))
    belonging = layers.Dense(PARTS * WINDOWS**2, use_bias=False, kernel_initializer=_halves, name="belonging")(layout)
    places = layers.Reshape((WINDOWS**2, EVIDENCE))(evidence)
    parts = layers.Dot((2, 1))([layers.Reshape((PARTS, WINDOWS**2))(belonging), places])
    counts = parts[..., -2]
    shares = parts[..., :-2] / ops.maximum(counts, 1.0)[..., None]
    alike = ops.prod(shares[..., :NOTHING], 1)
    counted = ops.concatenate([counts, ops.sum(counts, 1, keepdims=True), ops.sum(alike, 1, keepdims=True)], 1)
    known = [layers.Flatten()(shares), _steps(counted), parts[:, :, -1], layout, backgrounds]
    x = layers.Concatenate()([*known, anything])
    x = layers.Dropout(dropout)(layers.Dense(width, activation="relu")(x))
    return keras.Model(
        [evidence, backgrounds],
        layers.Dense(embedding, name="embedding")(layers.Concatenate()([x, *known])),
        name="summary",
    )


def _steps(counted: keras.KerasTensor) -> keras.KerasTensor:
    """Each number as how much it is above 0, 1, 2, and so on: sums of these tell one number from the others."""
    return ops.concatenate([ops.relu(counted - float(step)) for step in range(MOST)], -1)


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


def _windowed(maps: tf.Tensor) -> tf.Tensor:
    """Sums over every window of two by two cells, those at the edges included: [n, windows, windows, channels]."""
    return 4 * tf.nn.avg_pool2d(tf.pad(maps, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2, 1, "VALID")


def _convolved(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    return layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(x)))


def _halves(shape: tuple[int, ...], dtype: str | None = None) -> np.ndarray:
    """Starting weights of the layouts: the first halves the picture across, the second down."""
    first = (np.arange(WINDOWS) < WINDOWS / 2).astype(np.float32)
    across, down = np.broadcast_to(first, (WINDOWS, WINDOWS)), np.broadcast_to(first[:, None], (WINDOWS, WINDOWS))
    return np.stack([[half, 1 - half] for half in (across, down)]).reshape(shape).astype(dtype or np.float32)
