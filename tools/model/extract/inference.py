"""The inference model: everything from the bytes of a picture to the words of its captions as native operations."""

from __future__ import annotations

import tensorflow as tf

from tools.model.beam import Search
from tools.model.decoder import first_state
from tools.model.network import Framing, Network

ONE = tf.TensorSpec([], tf.int32)


class Inference(tf.Module):
    """Three signatures: `caption` takes bytes; `encode` and `decode` are its halves for runtimes that decode pictures
    themselves."""

    def __init__(self, network: Network, search: Search) -> None:
        super().__init__(name="inference")
        self.network, self.search = network, search
        size, embedding = network.framing.size, network.decoder.words.shape[1]
        self.encode = tf.function(
            self._encode, input_signature=[tf.TensorSpec([1, size, size, 3], tf.uint8, "picture")]
        )
        self.decode = tf.function(
            self._decode, input_signature=[tf.TensorSpec([1, embedding], tf.float32, "embedding"), ONE, ONE]
        )
        self.caption = tf.function(self._caption, input_signature=[tf.TensorSpec([], tf.string, "body"), ONE, ONE])

    def signatures(self) -> dict[str, tf.types.experimental.PolymorphicFunction]:
        return {"caption": self.caption, "encode": self.encode, "decode": self.decode}

    def _encode(self, picture: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.network.encode(picture)

    def _decode(self, embedding: tf.Tensor, beams: tf.Tensor, steps: tf.Tensor) -> dict[str, tf.Tensor]:
        weights = self.network.decoder.tensors()
        words, logs = self.search.run(weights, first_state(weights, embedding), beams, steps)
        return {"words": words, "logs": logs}

    def _caption(self, body: tf.Tensor, beams: tf.Tensor, steps: tf.Tensor) -> dict[str, tf.Tensor]:
        encoded = self.network.encode(frame(body, self.network.framing))
        return {
            **self._decode(encoded["embedding"], beams, steps),
            **{k: v for k, v in encoded.items() if k != "embedding"},
        }


def frame(body: tf.Tensor, framing: Framing) -> tf.Tensor:
    """JPEG or PNG bytes -> [1, size, size, 3] with values 0..255, unrounded."""
    picture = tf.io.decode_image(body, channels=3, expand_animations=False)
    picture.set_shape([None, None, 3])
    stretched = tf.image.resize(picture, [framing.resize, framing.resize], antialias=framing.smooth)
    offset = (framing.resize - framing.size) // 2
    return stretched[None, offset : offset + framing.size, offset : offset + framing.size]
