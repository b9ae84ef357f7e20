"""The ways from a picture to captions that the benchmark compares. Each runs in a process of its own, one picture per
line of input.

Not for use by hand: `python -m tools.bench.caption` starts these.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

BEAMS = 3
STEPS = 20
Caption = Callable[[bytes], object]


def main() -> None:
    """`PATH MODEL PICTURE`: answers every line on standard input with the milliseconds that one caption took."""
    name, model, picture = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
    caption = PATHS[name](model)
    for _ in range(3):
        caption(picture)
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        caption(picture)
        print(json.dumps({"ms": 1000 * (time.perf_counter() - began)}), flush=True)


def old_way(network_folder: Path) -> Caption:
    """A session call per step, and the beam as lists in Python: how the model was published."""
    import tensorflow as tf

    from tools.model import reference
    from tools.model.decoder import first_state, step
    from tools.model.extract.inference import frame
    from tools.model.network import load

    network = load(network_folder)
    units = network.decoder.kernel.shape[1] // 4

    def start(body: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return first_state(network.decoder.tensors(), network.encode(frame(body, network.framing))["embedding"])

    def advance(words: tf.Tensor, cell: tf.Tensor, output: tf.Tensor) -> tuple[tf.Tensor, ...]:
        logits, state = step(network.decoder.tensors(), words, (cell, output))
        return (tf.nn.softmax(logits), *state)

    rows = tf.TensorSpec([None, units], tf.float32)
    started = _session(tf.function(start).get_concrete_function(tf.TensorSpec([], tf.string)))
    advanced = _session(tf.function(advance).get_concrete_function(tf.TensorSpec([None], tf.int32), rows, rows))

    def run_step(words: Sequence[int], states: Sequence[Any]) -> tuple[Sequence[Sequence[float]], Sequence[Any]]:
        probabilities, cells, outputs = advanced(words, [s[0] for s in states], [s[1] for s in states])
        return [row.tolist() for row in probabilities], list(zip(cells, outputs, strict=True))

    def caption(body: bytes) -> object:
        cell, output = started(body)
        vocabulary = network.vocabulary
        return reference.search(
            run_step,
            (cell[0], output[0]),
            vocabulary.start,
            vocabulary.end,
            BEAMS,
            STEPS + 1,
        )

    return caption


def one_function(saved_model: Path) -> Caption:
    """The extracted model as one TensorFlow function, beam search included."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(saved_model))

    def caption(body: bytes) -> object:
        said = loaded.caption(tf.constant(body), tf.constant(BEAMS), tf.constant(STEPS))
        return said["words"].numpy()

    return caption


def service_runtime(service_folder: Path) -> Caption:
    """What the service runs, without HTTP."""
    from caption_service.captioner import Captioner, ModelFolder
    from caption_service.cores import usable_cores
    from caption_service.pictures import open_picture

    captioner = Captioner(ModelFolder.read(service_folder), usable_cores())

    def caption(body: bytes) -> object:
        return captioner.describe(open_picture(body, 2 * captioner.folder.framing.resize), BEAMS, STEPS - 1)

    return caption


def _session(function: Any) -> Callable[..., Any]:
    """The function in a TensorFlow 1 session, with constants for variables."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    frozen = convert_variables_to_constants_v2(function)
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(frozen.graph.as_graph_def(), name="")
    inputs = [graph.get_tensor_by_name(tensor.name) for tensor in frozen.inputs]
    outputs = [graph.get_tensor_by_name(tensor.name) for tensor in frozen.outputs]
    session = tf.compat.v1.Session(graph=graph)
    return lambda *values: session.run(outputs, dict(zip(inputs, values, strict=True)))


PATHS: dict[str, Callable[[Path], Caption]] = {
    "old": old_way,
    "function": one_function,
    "service": service_runtime,
}

if __name__ == "__main__":
    main()
