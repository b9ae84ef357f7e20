"""Beam search as TensorFlow operations that freeze and convert: one loop in the graph, no call out of it.

Gives the captions of `reference.search`. It may stop earlier: as log-probabilities only fall, the search is over as
soon as no partial caption can still reach the worst of as many complete ones as there are beams.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import tensorflow as tf

from tools.model.decoder import DecoderWeights, State, step
from tools.model.reference import LEAST

IMPOSSIBLE = -1e30
POSSIBLE = -1e29
LEAST_LOG = math.log(LEAST)


@dataclass(frozen=True, slots=True)
class Search:
    """`widest` beams at most; `longest` words with both markers; `forced` keeps on to the last step whatever is
    found."""

    start: int
    end: int
    widest: int = 3
    longest: int = 20
    length_factor: float = 0.0
    forced: bool = False

    def run(
        self, weights: DecoderWeights, state: State, beams: tf.Tensor, steps: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """From the state of one picture [1, units]: words [widest, longest] padded with the end marker, and the
        captions' log-probabilities [widest], best first; rows without a caption have IMPOSSIBLE. `steps` is at
        most longest - 1."""
        width = self.widest
        alive = tf.one_hot(0, width, on_value=0.0, off_value=IMPOSSIBLE)
        words = tf.one_hot(
            tf.zeros([width], tf.int32), self.longest, on_value=self.start, off_value=self.end, dtype=tf.int32
        )
        nothing = tf.fill([width], IMPOSSIBLE)
        wide = tuple(tf.repeat(part, width, axis=0) for part in state)
        first = (tf.constant(0), words, alive, *wide, words, nothing, nothing)
        in_use = tf.where(tf.range(width) < beams, 0.0, IMPOSSIBLE)

        def body(i: tf.Tensor, *values: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return (i + 1, *self._step(weights, in_use, i, *values))

        def unfinished(
            i: tf.Tensor, words: tf.Tensor, scores: tf.Tensor, cell: tf.Tensor, output: tf.Tensor, *complete: tf.Tensor
        ) -> tf.Tensor:
            return tf.logical_and(i < steps, self._can_improve(scores, complete[1], beams))

        shapes = tuple(value.shape for value in first)
        last = tf.while_loop(unfinished, body, first, shape_invariants=shapes, maximum_iterations=None)
        _, words, scores, _, _, complete_words, complete_scores, complete_logs = last
        found = complete_scores[0] > POSSIBLE
        return tf.where(found, complete_words, words), tf.where(found, complete_logs, scores)

    def _step(
        self,
        weights: DecoderWeights,
        in_use: tf.Tensor,
        i: tf.Tensor,
        words: tf.Tensor,
        scores: tf.Tensor,
        cell: tf.Tensor,
        output: tf.Tensor,
        complete_words: tf.Tensor,
        complete_scores: tf.Tensor,
        complete_logs: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        width = self.widest
        place = tf.one_hot(i, self.longest, dtype=tf.int32)
        logits, (cell, output) = step(weights, tf.reduce_sum(words * place, 1), (cell, output))
        values, choices = tf.math.top_k(logits, width)
        logs = values - tf.reduce_logsumexp(logits, 1, keepdims=True)
        logs = tf.where(logs < LEAST_LOG, IMPOSSIBLE, logs) + in_use[None, :]
        candidates = tf.reshape(scores[:, None] + logs, [-1])
        candidates = tf.maximum(candidates, IMPOSSIBLE)
        choices = tf.reshape(choices, [-1])
        ends = tf.equal(choices, self.end)
        after = tf.one_hot(i + 1, self.longest, dtype=tf.int32)
        parents = tf.repeat(tf.range(width), width)
        longer = tf.gather(words, parents) * (1 - after) + choices[:, None] * after

        ended = tf.where(ends, candidates, IMPOSSIBLE)
        normalised = tf.where(ended > POSSIBLE, ended / self._length(tf.cast(i, tf.float32) + 2.0), IMPOSSIBLE)
        complete_scores, kept = tf.math.top_k(tf.concat([complete_scores, normalised], 0), width)
        complete_scores += in_use
        complete_words = tf.gather(tf.concat([complete_words, longer], 0), kept)
        complete_logs = tf.maximum(tf.gather(tf.concat([complete_logs, ended], 0), kept) + in_use, IMPOSSIBLE)
        complete_scores = tf.maximum(complete_scores, IMPOSSIBLE)

        scores, kept = tf.math.top_k(tf.where(ends, IMPOSSIBLE, candidates), width)
        scores = tf.maximum(scores + in_use, IMPOSSIBLE)
        origins = tf.gather(parents, kept)
        return (
            tf.gather(longer, kept),
            scores,
            tf.gather(cell, origins),
            tf.gather(output, origins),
            complete_words,
            complete_scores,
            complete_logs,
        )

    def _can_improve(self, scores: tf.Tensor, complete_scores: tf.Tensor, beams: tf.Tensor) -> tf.Tensor:
        if self.forced:
            return tf.constant(True)
        best_partial = scores[0]
        worst_complete = tf.reduce_min(tf.where(tf.range(self.widest) < beams, complete_scores, -IMPOSSIBLE))
        bound = best_partial / self._length(tf.constant(float(self.longest)))
        return tf.logical_and(best_partial > POSSIBLE, bound > worst_complete)

    def _length(self, words: tf.Tensor) -> tf.Tensor:
        return tf.pow(words, self.length_factor) if self.length_factor else tf.constant(1.0)
