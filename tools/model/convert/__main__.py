"""Converts a public im2txt checkpoint (TensorFlow 1) into a network folder, or makes a synthetic one of its names and
shapes.

Examples:
  python -m tools.model.convert im2txt/model.ckpt-2000000 --words im2txt/word_counts.txt -o build/model/im2txt-network
  python -m tools.model.convert --synthetic build/model/synthetic/model.ckpt-2000000
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from tools.model.convert.checkpoint import CheckpointError, read_checkpoint, word_rows, write_checkpoint
from tools.model.inception import convolutions
from tools.model.network import Network
from tools.model.vocabulary import END, START, Vocabulary

PUBLISHED_WORDS = 12000


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.convert", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="the checkpoint's prefix, such as model.ckpt-2000000")
    parser.add_argument("--words", type=Path, help="word_counts.txt of the checkpoint (default: beside it)")
    parser.add_argument("-o", "--output", type=Path, help="folder of the network")
    parser.add_argument("--synthetic", action="store_true", help="write a checkpoint of random values there instead")
    parser.add_argument("--seed", type=int, default=0, help="of the random values (default: %(default)s)")
    options = parser.parse_args(arguments)
    words = options.words or options.checkpoint.parent / "word_counts.txt"
    if options.synthetic:
        write_synthetic(options.checkpoint, words, options.seed)
    elif options.output is None:
        parser.error("say where the network goes: -o FOLDER")
    else:
        try:
            convert(options.checkpoint, words, options.output)
        except (CheckpointError, OSError, ValueError) as error:
            parser.exit(1, f"{parser.prog}: {error}\n")


def convert(checkpoint: Path, words: Path, output: Path) -> None:
    """Writes the network folder. Raises CheckpointError."""
    vocabulary = Vocabulary.read(words).padded(word_rows(checkpoint))
    network = Network("im2txt", vocabulary)
    read_checkpoint(network, checkpoint)
    counts = Counter({word: len(vocabulary) - i for i, word in enumerate(vocabulary.words)})
    network.save(output, counts)


def write_synthetic(checkpoint: Path, words: Path, seed: int, size: int | None = None) -> Network:
    """A checkpoint of random values with the published one's names and shapes, its words, and the network that it
    holds."""
    listed = [START, END, *(f"word{i}" for i in range(PUBLISHED_WORDS - 3))]
    vocabulary = Vocabulary.of(listed)
    network = Network("im2txt", vocabulary, seed, size)
    random = np.random.default_rng(seed)
    for _, norm in convolutions(network.encoder):
        for part in (norm.beta, norm.moving_mean):
            part.assign(random.standard_normal(part.shape).astype(np.float32) * 0.1)
        norm.moving_variance.assign(random.uniform(0.5, 1.5, norm.moving_variance.shape).astype(np.float32))
    network.decoder.logits_bias.assign(random.uniform(-0.08, 0.08, len(vocabulary)).astype(np.float32))
    write_checkpoint(network, checkpoint, 2_000_000)
    vocabulary.write(words, Counter({word: len(listed) - i for i, word in enumerate(listed)}))
    return network


if __name__ == "__main__":
    main()
