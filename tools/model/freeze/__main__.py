"""Freezes an inference model into single files: a TensorFlow graph with constants for variables, or a folder that the
service loads.

Examples:
  python -m tools.model.freeze build/model/scenes-inference --graph build/model/scenes.pb
  python -m tools.model.freeze build/model/scenes-inference --service services/caption/caption_service/model \\
      --name scenes --version 1.0.0 \\
      --precision int8 --labels
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.model.freeze.files import PRECISIONS, Precision, freeze_graph, freeze_lite


@dataclass(frozen=True, slots=True)
class ServiceFolder:
    """What the service's model.json says besides what the inference model knows. `labels` is the least probability of
    a label worth saying; None leaves the labels out."""

    name: str
    version: str
    precision: Precision = "int8"
    familiar: float | None = None
    least: float = 0.0
    labels: float | None = None


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.freeze", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="folder of the SavedModel that tools.model.extract has written")
    parser.add_argument("--graph", type=Path, help="write the whole model as one frozen TensorFlow graph")
    parser.add_argument("--service", type=Path, help="write a folder for the service: LiteRT files, words, model.json")
    parser.add_argument("--name", default="captioner", help="the model's name (default: %(default)s)")
    parser.add_argument("--version", default="1.0.0", help="the model's version (default: %(default)s)")
    parser.add_argument("--precision", choices=PRECISIONS, default="int8", help="of the weights (default: %(default)s)")
    parser.add_argument(
        "--familiar", type=float, help="least familiarity of a picture that gets a caption (default: any)"
    )
    parser.add_argument(
        "--least", type=float, default=0.0, help="least probability of a caption worth saying (default: %(default)s)"
    )
    parser.add_argument(
        "--labels", type=float, metavar="LEAST", help="add ImageNet labels, said from this probability on"
    )
    options = parser.parse_args(arguments)
    if not options.graph and not options.service:
        parser.error("say what to write: --graph FILE, --service FOLDER, or both")
    if options.graph:
        freeze_graph(options.model, options.graph)
    if options.service:
        facts = ServiceFolder(
            options.name, options.version, options.precision, options.familiar, options.least, options.labels
        )
        write_service_folder(options.model, options.service, facts)


def write_service_folder(saved_model: Path, folder: Path, facts: ServiceFolder) -> None:
    """encoder.tflite, decoder.tflite, words.txt, model.json and, if asked for, labels.tflite and labels.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    freeze_lite(saved_model, "encode", folder / "encoder.tflite", facts.precision)
    freeze_lite(saved_model, "decode", folder / "decoder.tflite", facts.precision)
    (folder / "words.txt").write_text((saved_model / "words.txt").read_text(encoding="utf-8"), encoding="utf-8")
    known = json.loads((saved_model / "model.json").read_text())
    document: dict[str, Any] = {
        "name": facts.name,
        "version": facts.version,
        "kind": known["kind"],
        "precision": facts.precision,
        "framing": known["framing"],
        "beams": known["beams"],
        "longest": known["longest"],
        "familiar": facts.familiar,
        "least": facts.least,
    }
    if facts.labels is not None:
        from tools.model.freeze.labels import RESIZE, SIZE, write_labels

        write_labels(folder, facts.precision)
        document["labels"] = {"least": facts.labels, "framing": {"size": SIZE, "resize": RESIZE, "smooth": True}}
    (folder / "model.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
