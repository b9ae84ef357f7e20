"""From scenes to the finished network: features, both stages of training, and how familiar a picture is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.model.network import Network
from tools.model.scenes.__main__ import read_scenes
from tools.model.scenes.compose import Scene
from tools.model.train.features import scene_features
from tools.model.train.scenes import Plan, SceneModel, train
from tools.model.vocabulary import Vocabulary

CHECKED = 500


def train_network(plan: Plan, folder: Path, count: int, held_out: int, output: Path) -> Network:
    """Trains on `count` scenes and writes the network; now and then it is checked with some of the held-out scenes."""
    features = scene_features(folder, "train", count)
    scenes = read_scenes("train", count)
    checked = min(CHECKED, held_out)
    new_features, new_scenes = scene_features(folder, "held-out", held_out)[:checked], read_scenes("held-out", checked)
    vocabulary, counts = Vocabulary.counted(scene.sentences[0] for scene in scenes)
    model = SceneModel(vocabulary, plan.seed)
    train(model, plan, features, scenes, folder / "training", lambda: _matches(model, new_features, new_scenes))
    network = assemble(model)
    network.save(output, counts)
    return network


def assemble(model: SceneModel) -> Network:
    """The network with what training has learnt."""
    network = Network("scenes", model.vocabulary)
    network.cells.set_weights(model.cells.get_weights())
    network.summary.set_weights(model.summary.get_weights())
    for own, learnt in ((network.decoder, model.decoder), (network.backgrounds, model.backgrounds)):
        for variable, value in zip(own.variables, learnt.variables, strict=True):
            variable.assign(value)
    return network


def _matches(model: SceneModel, features: np.ndarray, scenes: list[Scene]) -> str:
    said = model.sentences(features)
    right = np.mean([sentence == scene.sentences[0] for sentence, scene in zip(said, scenes, strict=True)])
    return f"{right:.3f} of {len(scenes)} new scenes right"
