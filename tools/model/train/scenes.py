"""The scenes model and its training on the frozen trunk's feature maps: first what each cell shows, then the
sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tools.model.decoder import Decoder, first_state, step
from tools.model.network import Backgrounds
from tools.model.scene_encoder import CHANNELS, EMBEDDING, build_cells, build_summary, evidence_of, target_maps
from tools.model.scenes.compose import BACKGROUNDS, Scene
from tools.model.train.backgrounds import fit
from tools.model.train.learnt import Batches, Learnt
from tools.model.vocabulary import Vocabulary
from tools.progress import Progress

LONGEST = 21


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. `slots_weight` is the share of the loss on which words the embedding alone can tell, before and
    after the relation; without it the model hardly learns."""

    cell_epochs: int = 8
    word_epochs: int = 12
    batch: int = 128
    cell_rate: float = 4e-3
    word_rate: float = 2e-3
    slots_weight: float = 0.2
    seed: int = 1


class SceneModel(tf.Module):
    """Feature maps in, sentences out."""

    def __init__(self, vocabulary: Vocabulary, seed: int) -> None:
        super().__init__(name="scenes")
        keras.utils.set_random_seed(seed)
        self.vocabulary = vocabulary
        self.cells = build_cells()
        self.backgrounds = Backgrounds(len(BACKGROUNDS), 2 * CHANNELS)
        self.summary = build_summary(EMBEDDING)
        self.slots = keras.Sequential([keras.Input((EMBEDDING,)), keras.layers.Dense(2 * len(vocabulary))])
        self.decoder = Decoder(len(vocabulary), EMBEDDING, EMBEDDING, seed)

    @tf.function(reduce_retracing=True)
    def embedding(self, features: tf.Tensor) -> tf.Tensor:
        maps = tf.cast(features, tf.float32)
        return self.summary([evidence_of(*self.cells(maps, training=False)), self.backgrounds(maps)[0]], training=False)

    def seen(self, features: np.ndarray, batch: int = 500) -> tuple[np.ndarray, np.ndarray]:
        """Evidence, in half precision, and shares of the kinds of background, of many feature maps."""
        run = tf.function(
            lambda maps: (
                tf.cast(evidence_of(*self.cells(maps, training=False)), tf.float16),
                self.backgrounds(maps)[0],
            )
        )
        parts = [run(features[i : i + batch].astype(np.float32)) for i in range(0, len(features), batch)]
        return np.concatenate([part[0].numpy() for part in parts]), np.concatenate([part[1].numpy() for part in parts])

    @tf.function(reduce_retracing=True)
    def greedy(self, embedding: tf.Tensor) -> tf.Tensor:
        """Word ids [n, LONGEST], the likeliest word at every step."""
        weights = self.decoder.tensors()
        state = first_state(weights, embedding)
        word = tf.fill([tf.shape(embedding)[0]], self.vocabulary.start)
        words = []
        for _ in range(LONGEST):
            logits, state = step(weights, word, state)
            word = tf.argmax(logits, 1, output_type=tf.int32)
            words.append(word)
        return tf.stack(words, 1)

    def sentences(self, features: np.ndarray, batch: int = 250) -> list[str]:
        """The likeliest sentences, word by word, of many feature maps."""
        ids = np.concatenate(
            [self.greedy(self.embedding(features[i : i + batch])).numpy() for i in range(0, len(features), batch)]
        )
        return [self.vocabulary.decode(row) for row in ids]


class Stage:
    """One part of the training: its loss, its variables, and how many epochs it has had. A stage that was stopped
    goes on where it was."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        epochs: int,
        rate: float,
        count: int,
        variables: list[tf.Variable],
        loss: Callable[..., tf.Tensor],
    ) -> None:
        self.name, self.plan, self.epochs, self.variables, self.loss = name, plan, epochs, variables, loss
        self.steps = max(1, count // plan.batch)
        total = epochs * self.steps
        warm_up = min(200, total // 10)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.0, total - warm_up, warmup_target=rate, warmup_steps=warm_up
        )
        self.optimizer = keras.optimizers.AdamW(schedule, weight_decay=1e-3, clipnorm=1.0)
        self.optimizer.build(variables)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self._step = tf.function(self._one_step)

    def run(self, model: SceneModel, batches: Batches, folder: Path, check: Callable[[], str]) -> None:
        checkpoint = tf.train.Checkpoint(model=model, optimizer=self.optimizer, epoch=self.epoch)
        manager = tf.train.CheckpointManager(checkpoint, str(folder / self.name), max_to_keep=1)
        if manager.latest_checkpoint:
            checkpoint.restore(manager.latest_checkpoint).expect_partial()
        progress = Progress(f"epochs of {self.name}", self.epochs - int(self.epoch))
        for epoch in range(int(self.epoch), self.epochs):
            began = time.monotonic()
            loss = self._one_epoch(batches, np.random.default_rng([self.plan.seed, epoch]))
            self.epoch.assign_add(1)
            manager.save()
            progress.step(f"loss {loss:.4f}, {time.monotonic() - began:.0f} s, {check() if epoch % 4 == 3 else ''}")

    def _one_epoch(self, batches: Batches, random: np.random.Generator) -> float:
        losses = [self._step(*arrays) for arrays in batches(self.plan.batch, random)]
        return float(np.mean([loss.numpy() for loss in losses]))

    def _one_step(self, *arrays: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.loss(*arrays)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.variables), self.variables, strict=True))
        return loss


def train(
    model: SceneModel, plan: Plan, features: np.ndarray, scenes: list[Scene], folder: Path, check: Callable[[], str]
) -> None:
    """Both stages; what a stopped run has done in `folder` is not done again."""
    maps = [target_maps(scene.placed) for scene in scenes]
    things, colours, middles = (np.stack([getattr(m, part) for m in maps]) for part in ("things", "colours", "middles"))
    variables = model.cells.trainable_variables
    cells = Stage("cells", plan, plan.cell_epochs, plan.cell_rate, len(scenes), variables, _cells_loss(model))
    cells.run(model, in_any_order(features, things, colours, middles), folder, lambda: "")
    fit(model.backgrounds, features, np.array([BACKGROUNDS.index(scene.background) for scene in scenes]))
    learnt = Learnt(scenes, *model.seen(features), model.vocabulary)
    variables = [*model.summary.trainable_variables, *model.slots.trainable_variables]
    variables += model.decoder.trainable_variables
    saying = Stage("words", plan, plan.word_epochs, plan.word_rate, len(scenes), variables, _words_loss(model, plan))
    saying.run(model, learnt.batches, folder, check)


def in_any_order(*arrays: np.ndarray) -> Batches:
    """Batches of rows drawn at random."""

    def batches(size: int, random: np.random.Generator) -> Iterator[tuple[np.ndarray, ...]]:
        order = random.permutation(len(arrays[0]))
        for first in range(0, len(order) - size + 1, size):
            rows = np.sort(order[first : first + size])
            yield tuple(array[rows] for array in arrays)

    return batches


def _cells_loss(model: SceneModel) -> Callable[..., tf.Tensor]:
    def loss(features: tf.Tensor, things: tf.Tensor, colours: tf.Tensor, middles: tf.Tensor) -> tf.Tensor:
        thing_logits, colour_logits, shown = model.cells(tf.cast(features, tf.float32), training=True)
        of_things = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(things, tf.int32), thing_logits)
        of_colours = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(colours, tf.int32), colour_logits)
        return (
            tf.reduce_mean(of_things)
            + tf.reduce_mean(of_colours)
            + 20.0 * tf.reduce_mean(tf.square(shown[..., 0] - middles))
        )

    return loss


def _words_loss(model: SceneModel, plan: Plan) -> Callable[..., tf.Tensor]:
    def loss(words: tf.Tensor, evidence: tf.Tensor, backgrounds: tf.Tensor, slots: tf.Tensor) -> tf.Tensor:
        embedding = model.summary([tf.cast(evidence, tf.float32), backgrounds], training=True)
        logits = model.decoder.logits(embedding, tf.maximum(words[:, :-1], 0), dropout=0.2)
        known = tf.cast(words[:, 1:] >= 0, tf.float32)
        of_words = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(words[:, 1:], 0), logits)
        of_slots = tf.nn.sigmoid_cross_entropy_with_logits(
            tf.cast(slots, tf.float32), model.slots(tf.nn.relu(embedding))
        )
        return tf.reduce_sum(of_words * known) / tf.reduce_sum(known) + plan.slots_weight * tf.reduce_mean(
            tf.reduce_sum(of_slots, 1)
        )

    return loss
