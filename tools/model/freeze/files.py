"""The single files: a frozen TensorFlow graph, and LiteRT models in float or with 8-bit weights."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

Precision = Literal["float", "half", "int8"]
PRECISIONS: tuple[Precision, ...] = ("float", "half", "int8")


def freeze_graph(saved_model: Path, output: Path, signature: str = "caption") -> None:
    """One signature with all variables as constants, as one GraphDef file."""
    loaded = tf.saved_model.load(str(saved_model))
    frozen = convert_variables_to_constants_v2(loaded.signatures[signature])
    output.write_bytes(frozen.graph.as_graph_def().SerializeToString())


def freeze_lite(saved_model: Path, signature: str, output: Path, precision: Precision) -> None:
    """One signature as a LiteRT file of built-in operations alone; inputs and outputs keep their names."""
    loaded = tf.saved_model.load(str(saved_model))
    with tempfile.TemporaryDirectory() as folder:
        constant = _as_constants(loaded.signatures[signature])
        tf.saved_model.save(tf.Module(), folder, signatures={signature: constant})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[signature])
        if precision != "float":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if precision == "half":
            converter.target_spec.supported_types = [tf.float16]
        output.write_bytes(converter.convert())


def _as_constants(function: Any) -> Any:
    """The concrete function with constants for variables, taking and giving named tensors as before.

    The LiteRT converter would keep Keras' variables as such, and then neither fold nor quantise them.
    """
    specs = function.structured_input_signature[1]
    names = sorted(function.structured_outputs)
    frozen = convert_variables_to_constants_v2(function)
    order = [tensor.name.split(":")[0] for tensor in frozen.inputs]

    def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        by_name = {specs[key].name or key: value for key, value in inputs.items()}
        outputs = frozen(*(by_name[name] for name in order))
        return dict(zip(names, outputs, strict=True))

    return tf.function(call).get_concrete_function(**specs)
