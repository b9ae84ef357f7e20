"""A checkpoint with the published one's names and shapes converts, and every path gives the same numbers."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tools.model.convert.__main__ import PUBLISHED_WORDS, write_synthetic
from tools.model.convert.checkpoint import CheckpointError, read_checkpoint, word_rows, write_checkpoint
from tools.model.convert.names import ALIASES, encoder_scopes
from tools.model.evaluate.subject import Subject
from tools.model.extract.__main__ import extract
from tools.model.extract.inference import frame
from tools.model.freeze.__main__ import ServiceFolder, write_service_folder
from tools.model.freeze.files import freeze_graph
from tools.model.network import FRAMINGS, Network, load
from tools.model.vocabulary import Vocabulary

SMALL = 75
PUBLISHED_BYTES, PUBLISHED_INDEX_BYTES, PUBLISHED_VARIABLES = 149_002_244, 16_876, 383


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("im2txt")


@pytest.fixture(scope="module")
def written(folder: Path) -> Network:
    """Of full shapes; only the pictures are small, which no variable's shape depends on."""
    return write_synthetic(folder / "model.ckpt-1", folder / "word_counts.txt", 0, SMALL)


@pytest.fixture(scope="module")
def read(folder: Path, written: Network) -> Network:
    words = Vocabulary.read(folder / "word_counts.txt").padded(word_rows(folder / "model.ckpt-1"))
    network = Network("im2txt", words, seed=1, size=SMALL)
    assert read_checkpoint(network, folder / "model.ckpt-1") == 2_000_000
    return network


@pytest.fixture(scope="module")
def picture(folder: Path) -> bytes:
    values = np.random.default_rng(1).integers(0, 256, (12, 16, 3)).astype(np.uint8)
    large = tf.image.resize(values, [120, 160], "bicubic").numpy().clip(0, 255).astype(np.uint8)
    return bytes(tf.io.encode_png(large).numpy())


@pytest.fixture(scope="module")
def inference(folder: Path, read: Network) -> Path:
    read.save(folder / "network", Counter(read.vocabulary.words))
    extract(folder / "network", folder / "inference", longest=8)
    return folder / "inference"


def test_the_synthetic_checkpoint_is_byte_for_byte_as_large_as_the_published(folder: Path, written: Network) -> None:
    assert (folder / "model.ckpt-1.data-00000-of-00001").stat().st_size == PUBLISHED_BYTES
    assert (folder / "model.ckpt-1.index").stat().st_size == PUBLISHED_INDEX_BYTES
    assert len(tf.train.list_variables(str(folder / "model.ckpt-1"))) == PUBLISHED_VARIABLES
    assert len(written.vocabulary) == PUBLISHED_WORDS


def test_what_was_written_is_read(written: Network, read: Network) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, SMALL, SMALL, 3)).astype(np.uint8)
    assert np.array_equal(written.encode(pictures)["embedding"], read.encode(pictures)["embedding"])
    for one, other in zip(written.decoder.variables, read.decoder.variables, strict=True):
        assert np.abs(one.numpy() - other.numpy()).max() < 1e-6


def test_gates_are_reordered_and_the_forget_bias_added(folder: Path, read: Network) -> None:
    reader = tf.train.load_checkpoint(str(folder / "model.ckpt-1"))
    into, candidate, forget, out = np.split(reader.get_tensor("lstm/basic_lstm_cell/biases"), 4)
    assert np.allclose(read.decoder.bias.numpy(), np.concatenate([into, forget + 1, candidate, out]))


def test_irregular_scopes_are_named_as_published() -> None:
    scopes = encoder_scopes()
    assert len(scopes) == len(set(scopes)) == 94
    for irregular in (
        "Mixed_5c/Branch_1/Conv2d_0b_1x1",
        "Mixed_5c/Branch_1/Conv_1_0c_5x5",
        "Mixed_6a/Branch_0/Conv2d_1a_1x1",
        "Mixed_7b/Branch_1/Conv2d_0b_3x1",
        "Mixed_7c/Branch_1/Conv2d_0c_3x1",
    ):
        assert f"InceptionV3/{irregular}" in scopes


def test_every_alias_of_the_lstm_is_known(tmp_path: Path, written: Network, read: Network) -> None:
    for alias, name in enumerate(ALIASES["kernel"]):
        write_checkpoint(written, tmp_path / f"model{alias}", alias, alias)
        assert name in dict(tf.train.list_variables(str(tmp_path / f"model{alias}")))
        read.decoder.kernel.assign(tf.zeros_like(read.decoder.kernel))
        assert read_checkpoint(read, tmp_path / f"model{alias}") == alias
        assert np.allclose(written.decoder.kernel.numpy(), read.decoder.kernel.numpy())


def test_a_checkpoint_of_another_model_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    tf.train.Checkpoint(v=tf.Variable([1.0])).write(str(tmp_path / "other"))
    network = Network("im2txt", Vocabulary.of(["<S>", "</S>"]), size=SMALL)
    with pytest.raises(CheckpointError, match="InceptionV3/Conv2d_1a_3x3/weights is missing"):
        read_checkpoint(network, tmp_path / "other")
    with pytest.raises(CheckpointError, match="seq_embedding/map"):
        word_rows(tmp_path / "other")


def test_the_network_folder_keeps_every_value(inference: Path, folder: Path, read: Network) -> None:
    loaded = load(folder / "network")
    for one, other in zip(read.decoder.variables, loaded.decoder.variables, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())
    assert inference.exists()


def test_tensorflow_frozen_graph_and_litert_say_the_same(inference: Path, folder: Path, picture: bytes) -> None:
    loaded = tf.saved_model.load(str(inference))
    said = loaded.caption(tf.constant(picture), tf.constant(3), tf.constant(7))
    write_service_folder(inference, folder / "service", ServiceFolder("im2txt", "1.0.0", "float"))
    subject = Subject(folder / "service")
    captions = subject.captions(picture)
    words = load(folder / "network").vocabulary
    assert [text for text, _ in captions] == [words.decode(row) for row in said["words"].numpy()]
    assert [math.log(p) for _, p in captions] == pytest.approx(said["logs"].numpy().tolist(), abs=2e-3)

    freeze_graph(inference, folder / "frozen.pb")
    graph_words, graph_logs = run_frozen(folder / "frozen.pb", picture)
    assert np.array_equal(graph_words, said["words"].numpy())
    assert np.allclose(graph_logs, said["logs"].numpy(), atol=1e-4)


def test_eight_bit_weights_keep_the_embedding(inference: Path, folder: Path, picture: bytes) -> None:
    write_service_folder(inference, folder / "service8", ServiceFolder("im2txt", "1.0.0", "int8"))
    eight_bits = Subject(folder / "service8").embedding(picture)
    loaded = tf.saved_model.load(str(inference))
    exact = loaded.encode(tf.cast(tf.round(frame(picture, load(folder / "network").framing)), tf.uint8))[
        "embedding"
    ].numpy()
    cosine = float((eight_bits * exact).sum() / np.linalg.norm(eight_bits) / np.linalg.norm(exact))
    assert cosine > 0.995


def test_pillow_frames_as_tensorflow_does(picture: bytes) -> None:
    from caption_service.pictures import Framing, open_picture

    framing = FRAMINGS["im2txt"]
    exact = frame(tf.constant(picture), framing).numpy()
    ours = Framing(framing.size, framing.resize, framing.smooth).pixels(open_picture(picture, 2 * framing.resize))
    assert np.abs(ours / 127.5 - exact / 127.5).max() < 0.046


def run_frozen(file: Path, picture: bytes) -> tuple[np.ndarray, np.ndarray]:
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(file.read_bytes())
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    assert not [node for node in definition.node if node.op in ("VarHandleOp", "ReadVariableOp", "VariableV2")]
    outputs = [node.name for node in definition.node if node.op == "Identity" and node.name.startswith("Identity")]
    feed = {"body:0": picture, "beams:0": 3, "steps:0": 7}
    with tf.compat.v1.Session(graph=graph) as session:
        values = session.run([f"{name}:0" for name in sorted(outputs)], feed)
    by_rank = {value.ndim: value for value in values}
    return by_rank[2], by_rank[1]
