"""The sentence half of show-and-tell: an LSTM that starts from the picture's embedding and says one word per step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

State = tuple[tf.Tensor, tf.Tensor]


@dataclass(frozen=True, slots=True)
class DecoderWeights:
    """Tensors or arrays. Gates of `kernel` [embedding + units, 4 * units] and `bias` in Keras' order i, f, c, o;
    `bias` holds the forget bias."""

    words: tf.Tensor
    kernel: tf.Tensor
    bias: tf.Tensor
    logits_kernel: tf.Tensor
    logits_bias: tf.Tensor


class Decoder(tf.Module):
    """Word embeddings [vocabulary, embedding], one LSTM cell, and logits over the vocabulary."""

    def __init__(self, vocabulary: int, embedding: int, units: int, seed: int = 0) -> None:
        super().__init__(name="decoder")
        random = np.random.default_rng(seed)

        def uniform(*shape: int) -> np.ndarray:
            return random.uniform(-0.08, 0.08, shape).astype(np.float32)

        bias = np.zeros(4 * units, np.float32)
        bias[units : 2 * units] = 1.0
        self.words = tf.Variable(uniform(vocabulary, embedding), name="words")
        self.kernel = tf.Variable(uniform(embedding + units, 4 * units), name="kernel")
        self.bias = tf.Variable(bias, name="bias")
        self.logits_kernel = tf.Variable(uniform(units, vocabulary), name="logits_kernel")
        self.logits_bias = tf.Variable(np.zeros(vocabulary, np.float32), name="logits_bias")

    def tensors(self) -> DecoderWeights:
        """The weights as tensors; a loop must use these, as freezing cannot follow a variable that is gathered inside
        a loop."""
        return DecoderWeights(
            *(
                tf.convert_to_tensor(v)
                for v in (self.words, self.kernel, self.bias, self.logits_kernel, self.logits_bias)
            )
        )

    def logits(self, embeddings: tf.Tensor, inputs: tf.Tensor, dropout: float = 0.0) -> tf.Tensor:
        """Teacher forcing: logits [n, steps, vocabulary] for the words that follow each of `inputs` [n, steps]."""
        weights = self.tensors()
        state = first_state(weights, embeddings)
        words = tf.unstack(_dropped(tf.gather(weights.words, inputs), dropout), axis=1)
        outputs = []
        for word in words:
            state = advance(weights, word, state)
            outputs.append(state[1])
        return tf.matmul(_dropped(tf.stack(outputs, 1), dropout), weights.logits_kernel) + weights.logits_bias


def first_state(weights: DecoderWeights, embeddings: tf.Tensor) -> State:
    """The state (cell, output) after the picture's embedding was the first input."""
    units = weights.kernel.shape[1] // 4
    zeros = tf.zeros([tf.shape(embeddings)[0], units])
    return advance(weights, embeddings, (zeros, zeros))


def step(weights: DecoderWeights, words: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
    """Logits [n, vocabulary] after `words` [n], and the new state."""
    state = advance(weights, tf.gather(weights.words, words), state)
    return tf.matmul(state[1], weights.logits_kernel) + weights.logits_bias, state


def advance(weights: DecoderWeights, inputs: tf.Tensor, state: State) -> State:
    """One step of the LSTM cell."""
    cell, output = state
    gates = tf.matmul(tf.concat([inputs, output], 1), weights.kernel) + weights.bias
    into, forget, candidate, out = tf.split(gates, 4, axis=1)
    cell = tf.sigmoid(forget) * cell + tf.sigmoid(into) * tf.tanh(candidate)
    return cell, tf.sigmoid(out) * tf.tanh(cell)


def _dropped(values: tf.Tensor, rate: float) -> tf.Tensor:
    return tf.nn.dropout(values, rate) if rate else values
