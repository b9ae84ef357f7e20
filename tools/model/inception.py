"""The picture half of im2txt: InceptionV3 in Keras, average-pooled, and a linear map to the embedding."""

from __future__ import annotations

import keras
from keras import layers

SIZE = 299
RESIZE = 346
EMBEDDING = 512


def build_encoder(size: int = SIZE) -> keras.Model:
    """Pictures [n, size, size, 3] with values -1..1 -> embeddings [n, 512]. The weights are random until some are
    loaded."""
    base = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(size, size, 3), pooling="avg")
    embedding = layers.Dense(EMBEDDING, use_bias=False, name="image_embedding")(base.output)
    return keras.Model(base.input, embedding, name="im2txt_encoder")


def convolutions(encoder: keras.Model) -> list[tuple[keras.layers.Conv2D, keras.layers.BatchNormalization]]:
    """The 94 convolutions in the order of their creation, each with its normalisation."""
    convs = sorted((layer for layer in encoder.layers if isinstance(layer, layers.Conv2D)), key=_number)
    norms = sorted((layer for layer in encoder.layers if isinstance(layer, layers.BatchNormalization)), key=_number)
    return list(zip(convs, norms, strict=True))


def _number(layer: keras.layers.Layer) -> int:
    """Keras numbers layers of a kind: conv2d, conv2d_1, conv2d_2 ..."""
    last = layer.name.rsplit("_", 1)[-1]
    return int(last) if last.isdigit() else 0
