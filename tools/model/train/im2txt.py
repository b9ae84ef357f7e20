"""Trains the full-size model on pictures with captions: gradient descent with decay and clipping, as published."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from tools.model.extract.inference import frame
from tools.model.network import Network, load
from tools.model.vocabulary import UNKNOWN, Vocabulary
from tools.progress import Progress

CLIP = 5.0
DROPOUT = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. `encoder`: also the convolutions, which the first phase of the published training leaves as they
    are."""

    epochs: int = 1
    batch: int = 32
    rate: float = 2.0
    least_count: int = 4
    encoder: bool = False
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Pair:
    picture: Path
    caption: str


def read_pairs(captions: Path, pictures: Path) -> list[Pair]:
    """From JSON lines with `picture` and `caption`. Raises ValueError naming the line that is not such."""
    pairs = []
    for number, line in enumerate(captions.read_text(encoding="utf-8").splitlines(), 1):
        try:
            facts = json.loads(line)
            pairs.append(Pair(pictures / facts["picture"], facts["caption"].lower().strip(" .")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'{captions}:{number}: not {{"picture": …, "caption": …}}: {error}') from error
    return pairs


def train(pairs: list[Pair], plan: Plan, folder: Path, size: int | None = None) -> Network:
    """Trains the network in `folder`, or a new one; saves it after every epoch."""
    counts = Counter(word for pair in pairs for word in pair.caption.split())
    network = _network(folder, pairs, plan, size)
    variables = _trained(network, plan)
    step = tf.function(lambda pictures, words: _step(network, variables, plan, pictures, words))
    random = np.random.default_rng(plan.seed)
    batches = max(1, len(pairs) // plan.batch)
    progress = Progress("steps", plan.epochs * batches)
    for _ in range(plan.epochs):
        order = random.permutation(len(pairs))
        for first in range(0, batches * plan.batch, plan.batch):
            chosen = [pairs[i] for i in order[first : first + plan.batch]]
            pictures = tf.concat([frame(tf.io.read_file(str(pair.picture)), network.framing) for pair in chosen], 0)
            loss = step(pictures, _word_ids(chosen, network.vocabulary))
            progress.step(f"loss {float(loss):.4f}" if progress.done % 50 == 0 else "")
        network.save(folder, counts)
    return network


def _network(folder: Path, pairs: list[Pair], plan: Plan, size: int | None) -> Network:
    if (folder / "weights.npz").exists():
        return load(folder)
    frequent, counts = Vocabulary.counted(pair.caption for pair in pairs)
    kept = [word for word in frequent.words if counts[word] >= plan.least_count and word != UNKNOWN]
    return Network("im2txt", Vocabulary.of(kept, "the captions"), plan.seed, size)


def _trained(network: Network, plan: Plan) -> list[tf.Variable]:
    embedding = network.encoder.get_layer("image_embedding")
    encoder = network.encoder if plan.encoder else embedding
    return [*(variable.value for variable in encoder.trainable_variables), *network.decoder.trainable_variables]


def _step(
    network: Network,
    variables: list[tf.Variable],
    plan: Plan,
    pictures: tf.Tensor,
    words: tf.Tensor,
) -> tf.Tensor:
    with tf.GradientTape() as tape:
        embedding = network.encoder(pictures / 127.5 - 1.0, training=plan.encoder)
        logits = network.decoder.logits(embedding, tf.maximum(words[:, :-1], 0), DROPOUT)
        known = tf.cast(words[:, 1:] >= 0, tf.float32)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(words[:, 1:], 0), logits)
        loss = tf.reduce_sum(losses * known) / tf.reduce_sum(known)
    gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), CLIP)
    for variable, gradient in zip(variables, gradients, strict=True):
        variable.assign_sub(plan.rate * tf.convert_to_tensor(gradient))
    return loss


def _word_ids(pairs: list[Pair], vocabulary: Vocabulary, multiple: int = 8) -> np.ndarray:
    """[n, steps], padded with -1 to a multiple of a few steps, so that few different shapes are compiled."""
    ids = [vocabulary.encode(pair.caption) for pair in pairs]
    longest = -(-max(len(sentence) for sentence in ids) // multiple) * multiple
    return np.array([sentence + [-1] * (longest - len(sentence)) for sentence in ids], np.int32)
