"""Extracts the inference model of a trained network as a SavedModel: picture decoding, resizing, encoder and beam
search in one graph.

Example: python -m tools.model.extract build/model/scenes-network -o build/model/scenes-inference
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import tensorflow as tf

from tools.model.beam import Search
from tools.model.extract.inference import Inference
from tools.model.network import load


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.extract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", type=Path, help="folder of the network: model.json, words.txt, weights.npz")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the SavedModel")
    parser.add_argument(
        "--beams", type=int, default=3, help="the most beams that a search can have (default: %(default)s)"
    )
    parser.add_argument(
        "--longest",
        type=int,
        default=20,
        help="words of the longest caption, both markers included (default: %(default)s)",
    )
    parser.add_argument(
        "--length-factor", type=float, default=0.0, help="divide scores by length to this power (default: %(default)s)"
    )
    parser.add_argument(
        "--forced", action="store_true", help="search to the last step whatever is found; for measuring"
    )
    options = parser.parse_args(arguments)
    extract(options.network, options.output, options.beams, options.longest, options.length_factor, options.forced)


def extract(
    network_folder: Path,
    output: Path,
    beams: int = 3,
    longest: int = 20,
    length_factor: float = 0.0,
    forced: bool = False,
) -> None:
    """Writes the SavedModel with the words beside it."""
    network = load(network_folder)
    search = Search(network.vocabulary.start, network.vocabulary.end, beams, longest, length_factor, forced)
    inference = Inference(network, search)
    tf.saved_model.save(inference, str(output), signatures=inference.signatures())
    facts = json.loads((network_folder / "model.json").read_text()) | {"beams": beams, "longest": longest}
    (output / "model.json").write_text(json.dumps(facts, indent=2) + "\n")
    (output / "words.txt").write_text("".join(f"{word}\n" for word in network.vocabulary.words))


if __name__ == "__main__":
    main()
