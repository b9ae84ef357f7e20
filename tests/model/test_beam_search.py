"""The beam search: the reference gives the published answers, and the graph gives the reference's."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tools.model import beam, reference
from tools.model.decoder import Decoder, DecoderWeights, first_state, step

START, END = 0, 1
WORDS = 12
# The next word's probabilities after each word, as in im2txt's own tests of its search.
PUBLISHED = {
    0: {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4},
    2: {5: 0.1, 6: 0.9},
    3: {1: 0.1, 7: 0.4, 8: 0.5},
    4: {1: 0.3, 9: 0.3, 10: 0.4},
    5: {1: 1.0},
    6: {1: 1.0},
    7: {1: 1.0},
    8: {1: 1.0},
    9: {1: 0.5, 11: 0.5},
    10: {1: 1.0},
    11: {1: 1.0},
}
EXPECTED = [
    # beams, longest, length factor, captions with their probabilities
    (1, 20, 0.0, [([0, 4, 10, 1], 0.16)]),
    (2, 20, 0.0, [([0, 4, 10, 1], 0.16), ([0, 3, 8, 1], 0.15)]),
    (3, 20, 0.0, [([0, 2, 6, 1], 0.18), ([0, 4, 10, 1], 0.16), ([0, 3, 8, 1], 0.15)]),
    (3, 2, 0.0, [([0, 4], 0.4), ([0, 3], 0.3), ([0, 2], 0.2)]),
    (3, 3, 0.0, [([0, 4, 1], 0.12), ([0, 3, 1], 0.03)]),
    (3, 4, 0.0, [([0, 2, 6, 1], 0.18), ([0, 4, 10, 1], 0.16), ([0, 3, 8, 1], 0.15)]),
    (4, 20, 3.0, [([0, 4, 9, 11, 1], 0.06), ([0, 2, 6, 1], 0.18), ([0, 4, 10, 1], 0.16), ([0, 3, 8, 1], 0.15)]),
]


@pytest.mark.parametrize(("beams", "longest", "factor", "captions"), EXPECTED)
def test_the_reference_gives_the_published_captions(
    beams: int, longest: int, factor: float, captions: list[tuple[list[int], float]]
) -> None:
    def published_step(words: list[int], states: list[None]) -> tuple[list[list[float]], list[None]]:
        return [[PUBLISHED[word].get(i, 0.0) for i in range(WORDS)] for word in words], states

    found = reference.search(published_step, None, START, END, beams, longest, factor)  # type: ignore[arg-type]
    assert [list(caption.words) for caption in found] == [words for words, _ in captions]
    assert [math.exp(c.log_probability) for c in found] == pytest.approx([p for _, p in captions])


def test_with_room_for_the_start_alone_nothing_is_said() -> None:
    found = reference.search(lambda words, states: ([], []), None, START, END, 3, 1)
    assert [(caption.words, caption.log_probability) for caption in found] == [((START,), 0.0)]


@pytest.mark.parametrize(("beams", "longest", "factor", "captions"), EXPECTED)
def test_the_graph_gives_the_published_captions(
    beams: int, longest: int, factor: float, captions: list[tuple[list[int], float]]
) -> None:
    found = search_graph(published_weights(), np.zeros((1, WORDS), np.float32), beams, beams, longest, factor)
    assert [words for words, _ in found] == [words for words, _ in captions]
    assert [math.exp(log) for _, log in found] == pytest.approx([p for _, p in captions], rel=1e-4)


@pytest.mark.parametrize("seed", range(16))
def test_the_graph_gives_the_references_captions(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights, embedding = random_decoder(random, end_bias=float(random.uniform(-2, 2)))
    beams, longest = int(random.integers(1, 5)), int(random.integers(2, 13))
    factor = float(random.choice([0.0, 0.0, 0.7, 1.5]))
    expected = search_reference(weights, embedding, beams, longest, factor)
    widest = beams + int(random.integers(0, 2))
    for forced in (False, True):
        found = search_graph(weights, embedding, widest, beams, longest, factor, forced)
        assert [words for words, _ in found] == [words for words, _ in expected]
        assert [log for _, log in found] == pytest.approx([log for _, log in expected], abs=1e-3)


def published_weights() -> DecoderWeights:
    """A decoder whose output is the last word alone, so that its logits are the published distributions."""
    always, never = 40.0, -40.0
    kernel = np.zeros((2 * WORDS, 4 * WORDS), np.float32)
    kernel[:WORDS, 2 * WORDS : 3 * WORDS] = np.eye(WORDS) * always
    bias = np.concatenate([np.full(WORDS, gate) for gate in (always, never, 0.0, always)]).astype(np.float32)
    logits = np.full((WORDS, WORDS), -60.0, np.float32)
    for word, following in PUBLISHED.items():
        for after, probability in following.items():
            logits[word, after] = math.log(probability)
    kept = math.tanh(1.0)
    return constants(np.eye(WORDS, dtype=np.float32), kernel, bias, logits / kept, np.zeros(WORDS, np.float32))


def random_decoder(random: np.random.Generator, end_bias: float) -> tuple[DecoderWeights, np.ndarray]:
    decoder = Decoder(25, 8, 10, int(random.integers(1 << 30)))
    values = [variable.numpy() for variable in decoder.variables]
    assert [variable.name for variable in decoder.variables] == sorted(v.name for v in decoder.variables)
    scaled = {v.name: value * 12 for v, value in zip(decoder.variables, values, strict=True)}
    bias = scaled["logits_bias:0"]
    bias[END] = end_bias
    weights = constants(
        scaled["words:0"], scaled["kernel:0"], scaled["bias:0"] / 12, scaled["logits_kernel:0"] * 3, bias
    )
    return weights, random.standard_normal((1, 8)).astype(np.float32)


def constants(*values: np.ndarray) -> DecoderWeights:
    return DecoderWeights(*(tf.constant(value, tf.float32) for value in values))


def search_reference(
    weights: DecoderWeights, embedding: np.ndarray, beams: int, longest: int, factor: float
) -> list[tuple[list[int], float]]:
    def tensor_step(words: list[int], states: list[np.ndarray]) -> tuple[np.ndarray, list[tuple[np.ndarray, ...]]]:
        cells, outputs = (np.stack([state[part] for state in states]) for part in (0, 1))
        logits, (cell, output) = step(weights, tf.constant(words), (tf.constant(cells), tf.constant(outputs)))
        return tf.nn.softmax(logits).numpy(), list(zip(cell.numpy(), output.numpy(), strict=True))

    cell, output = first_state(weights, tf.constant(embedding))
    state = (cell.numpy()[0], output.numpy()[0])
    found = reference.search(tensor_step, state, START, END, beams, longest, factor)  # type: ignore[arg-type]
    return [(list(caption.words), caption.log_probability) for caption in found]


def search_graph(
    weights: DecoderWeights,
    embedding: np.ndarray,
    widest: int,
    beams: int,
    longest: int,
    factor: float,
    forced: bool = False,
) -> list[tuple[list[int], float]]:
    search = beam.Search(START, END, widest, max(longest, 2), factor, forced)
    state = first_state(weights, tf.constant(embedding))
    run = tf.function(lambda: search.run(weights, state, tf.constant(beams), tf.constant(longest - 1)))
    words, logs = (value.numpy() for value in run())
    found = [(row.tolist(), float(log)) for row, log in zip(words, logs, strict=True) if log > beam.POSSIBLE]
    return [(until_end(row, longest), log) for row, log in found]


def until_end(row: list[int], longest: int) -> list[int]:
    return row[: row.index(END) + 1] if END in row else row[:longest]
