"""A few tiny steps of each training: the loss falls, and a stopped run goes on."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tools.model.network import load
from tools.model.scene_encoder import CELLS, CHANNELS
from tools.model.scenes.compose import plan
from tools.model.train import im2txt, scenes
from tools.model.train.build import assemble
from tools.model.vocabulary import Vocabulary


def test_the_scenes_training_learns_and_goes_on_where_it_was(tmp_path: Path) -> None:
    shown = [plan(seed, False) for seed in range(32)]
    vocabulary, counts = Vocabulary.counted(scene.sentences[0] for scene in (plan(seed, False) for seed in range(3000)))
    features = np.random.default_rng(0).standard_normal((32, CELLS, CELLS, CHANNELS)).astype(np.float16)
    short = scenes.Plan(cell_epochs=2, word_epochs=1, batch=8)
    model = scenes.SceneModel(vocabulary, 1)
    scenes.train(model, short, features, shown, tmp_path, lambda: "")
    learnt = model.decoder.kernel.numpy()

    again = scenes.SceneModel(vocabulary, 1)
    scenes.train(again, short, features, shown, tmp_path, lambda: "")
    assert np.array_equal(again.decoder.kernel.numpy(), learnt)

    assemble(again).save(tmp_path / "network", counts)
    loaded = load(tmp_path / "network")
    assert loaded.vocabulary == vocabulary
    assert np.array_equal(loaded.decoder.kernel.numpy(), learnt)
    maps = features.astype(np.float32)
    assert np.allclose(loaded.backgrounds(maps)[1], again.backgrounds(maps)[1])
    assert len(again.sentences(features)) == 32


@pytest.fixture
def pairs(tmp_path: Path) -> list[im2txt.Pair]:
    lines = []
    for name, colour in (("red", (230, 20, 20)), ("blue", (20, 20, 230))):
        Image.new("RGB", (90, 80), colour).save(tmp_path / f"{name}.png")
        lines += [json.dumps({"picture": f"{name}.png", "caption": f"A {name} field."})] * 4
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    return im2txt.read_pairs(tmp_path / "captions.jsonl", tmp_path)


def test_the_full_size_training_makes_its_captions_likelier(tmp_path: Path, pairs: list[im2txt.Pair]) -> None:
    network = im2txt.train(pairs, im2txt.Plan(epochs=1, batch=4, least_count=1), tmp_path / "network", size=75)
    assert set(network.vocabulary.words) == {"<S>", "</S>", "a", "field", "red", "blue", "<UNK>"}
    embedding = network.encode(np.zeros((1, 75, 75, 3), np.uint8))["embedding"]
    ids = network.vocabulary.encode("a red field")

    def loss(decoder: object) -> float:
        logits = decoder.logits(embedding, tf.constant([ids[:-1]]))  # type: ignore[attr-defined]
        return float(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits([ids[1:]], logits)))

    assert loss(network.decoder) < np.log(len(network.vocabulary)) - 0.2
    assert np.array_equal(load(tmp_path / "network").decoder.kernel.numpy(), network.decoder.kernel.numpy())


@pytest.mark.parametrize("line", ["{", '{"picture": "a.jpg"}', "[]", '{"picture": "a.jpg", "caption": 3}'])
def test_a_line_that_is_no_caption_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "captions.jsonl").write_text(f'{{"picture": "a.jpg", "caption": "a"}}\n{line}\n')
    with pytest.raises(ValueError, match=r"captions\.jsonl:2"):
        im2txt.read_pairs(tmp_path / "captions.jsonl", tmp_path)
