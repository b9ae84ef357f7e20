"""Generated scenes: what is said of them is so, and what is held out stays out."""

import json

import numpy as np
import pytest
from PIL import Image

from tools.model.scene_encoder import CELLS, NOTHING, target_maps
from tools.model.scenes.compose import KINDS, Scene, is_held_out, plan
from tools.model.scenes.draw import draw, draw_disturbed
from tools.model.scenes.sprites import Sprites
from tools.model.scenes.words import CLASSES, COLOURS, RELATIONS, THINGS
from tools.model.train.learnt import Learnt, exchanged
from tools.model.vocabulary import Vocabulary

TRAIN = [plan(seed, False) for seed in range(600)]
HELD_OUT = [plan(seed, True) for seed in range(300)]


@pytest.fixture(scope="module")
def sprites(tmp_path_factory: pytest.TempPathFactory) -> Sprites:
    """A package of the real one's shape, in which every drawing is a disc."""
    package = tmp_path_factory.mktemp("sprites")
    folder = package / "img" / "twitter" / "64"
    folder.mkdir(parents=True)
    drawing = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    drawing.paste((221, 46, 68, 255), (8, 8, 56, 56))
    facts = []
    for number, name in enumerate([*(thing.sprite for thing in THINGS), "nazar_amulet", "abacus", "magnet"]):
        drawing.save(folder / f"{number}.png")
        facts.append(
            {
                "short_names": [name],
                "name": name.upper(),
                "category": "Objects",
                "has_img_twitter": True,
                "image": f"{number}.png",
            }
        )
    (package / "emoji.json").write_text(json.dumps(facts))
    return Sprites(package, held_out=False)


def test_all_kinds_and_words_occur() -> None:
    assert {scene.kind for scene in TRAIN} == {scene.kind for scene in HELD_OUT} == set(KINDS)
    known = {word for scene in (plan(seed, False) for seed in range(4000)) for word in scene.sentences[0].split()}
    assert {word for scene in HELD_OUT for word in scene.sentences[0].split()} <= known


def test_what_is_held_out_is_never_trained_on() -> None:
    assert all(not is_held_out(scene.kind, scene.subjects, scene.background) for scene in TRAIN)
    assert all(is_held_out(scene.kind, scene.subjects, scene.background) for scene in HELD_OUT)
    assert not {scene.sentences[0] for scene in TRAIN} & {scene.sentences[0] for scene in HELD_OUT}


@pytest.mark.parametrize("scene", TRAIN[:200], ids=lambda scene: str(scene.seed))
def test_the_first_subject_is_left_of_or_above_the_second(scene: Scene) -> None:
    if scene.relation is None:
        assert len({item.thing for item in scene.placed}) == 1
        assert len(scene.placed) == scene.subjects[0].count
        return
    first, second = (
        np.mean([(item.x, item.y) for item in scene.placed if item.thing == subject.thing], 0)
        for subject in scene.subjects
    )
    axis = 0 if scene.relation == "left" else 1
    assert first[axis] + 0.2 < second[axis]
    assert f" {RELATIONS[scene.relation][0]} " in scene.sentences[0]


def test_the_same_seed_draws_the_same_picture(sprites: Sprites) -> None:
    for scene in TRAIN[:12]:
        one, other = (np.asarray(draw_disturbed(scene, sprites, 64)) for _ in range(2))
        assert np.array_equal(one, other)


def test_a_scene_shows_its_colour_where_its_map_says(sprites: Sprites) -> None:
    scene = next(
        s for s in TRAIN if s.kind == "one" and s.subjects[0].colour == "green" and s.subjects[0].size == "large"
    )
    picture = np.asarray(draw(scene, sprites, 20 * CELLS)).astype(int)
    shown = np.kron(target_maps(scene.placed).things != NOTHING, np.ones((20, 20))) > 0
    red, green, blue = picture[shown].mean(0)
    assert green > red + 20
    assert green > blue + 20


def test_maps_count_the_middles() -> None:
    for scene in TRAIN[:100]:
        assert target_maps(scene.placed).middles.sum() == pytest.approx(len(scene.placed), abs=0.35)


def test_exchanging_keeps_the_grammar() -> None:
    random = np.random.default_rng(0)
    for scene in TRAIN[:200]:
        subjects, channels = exchanged(scene.subjects, random)
        assert sorted(channels) == list(range(len(CLASSES) + len(COLOURS) + 2))
        for old, new in zip(scene.subjects, subjects, strict=True):
            assert (old.count, old.size, old.colour is None) == (new.count, new.size, new.colour is None)
            assert (old.thing.doing is None, old.thing.coloured) == (new.thing.doing is None, new.thing.coloured)
        assert len({subject.thing for subject in subjects}) == len(subjects)


def test_recombined_evidence_is_never_of_what_is_held_out_and_says_what_it_shows() -> None:
    scenes = [scene for scene in TRAIN if scene.kind == "pair"][:60]
    evidence = np.stack([true_evidence(scene) for scene in scenes])
    vocabulary, _ = Vocabulary.counted(s.sentences[0] for s in (plan(seed, False) for seed in range(4000)))
    held_out = {scene.sentences[0] for scene in (plan(seed, True) for seed in range(3000))}
    learnt = Learnt(scenes, evidence, np.eye(len(scenes), dtype=np.float32), vocabulary)
    for words, shown, _, _ in learnt.batches(10, np.random.default_rng(1)):
        for ids, maps in zip(words, shown, strict=True):
            sentence = vocabulary.decode(ids.tolist())
            assert sentence not in held_out
            assert sentence.startswith(tuple(prefixes(first_in_order(maps, sentence))))


def true_evidence(scene: Scene) -> np.ndarray:
    maps = target_maps(scene.placed)
    evidence = np.zeros((CELLS, CELLS, len(CLASSES) + len(COLOURS) + 2), np.float16)
    for number in range(len(CLASSES)):
        evidence[..., number] = (maps.things == number) * maps.middles
    return evidence


def first_in_order(maps: np.ndarray, sentence: str) -> str:
    """The thing that is furthest to the left, or highest, as the sentence's relation asks."""
    across = " to the left of " in sentence
    mass = maps[..., : len(CLASSES)].astype(float)
    shown = np.flatnonzero(mass.sum((0, 1)) > 0.3)
    along = mass[..., shown].sum(0 if across else 1)
    centres = (along * np.arange(CELLS)[:, None]).sum(0) / along.sum(0)
    return str(CLASSES[shown[centres.argmin()]])


def prefixes(name: str) -> list[str]:
    return [name, *(f"{article} {name}" for article in ("a", "an")), *(f"a {colour} {name}" for colour in COLOURS)]
