"""What the second stage learns from: evidence, and sentences about it, recombined so that words are learnt apart.

Turning the evidence, exchanging what stands for one thing with what stands for another of its group, exchanging
colours, and taking another scene's background gives evidence of a scene that was never drawn, of which another
sentence is true. Combinations that are held out are never made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tools.model.scene_encoder import COLOUR_NAMES, NOTHING
from tools.model.scenes.compose import Scene, is_held_out
from tools.model.scenes.words import CLASSES, COLOURED, PEOPLE, PLAIN, RELATIONS, Subject, Thing, sentences
from tools.model.vocabulary import Vocabulary

Batches = Callable[[int, np.random.Generator], Iterator[tuple[np.ndarray, ...]]]
Example = tuple[list[int], np.ndarray, np.ndarray, np.ndarray]
GROUPS = {thing: group for group in (PLAIN, COLOURED, PEOPLE) for thing in group}
CLASS_IDS = {name: i for i, name in enumerate(CLASSES)}
POOL = 12
MULTIPLE = 4
TRIES = 4


class Learnt:
    """Scenes with their evidence [n, cells, cells, channels] and backgrounds [n, kinds]."""

    def __init__(
        self, scenes: list[Scene], evidence: np.ndarray, backgrounds: np.ndarray, vocabulary: Vocabulary
    ) -> None:
        self.scenes, self.evidence, self.backgrounds, self.vocabulary = scenes, evidence, backgrounds, vocabulary

    def batches(self, size: int, random: np.random.Generator) -> Iterator[tuple[np.ndarray, ...]]:
        """Word ids padded with -1, evidence, backgrounds, and the words before and after the relation; sentences of
        about the same length together, cut to a multiple of a few words, so that little is padding and few shapes
        are compiled."""
        order = random.permutation(len(self.scenes))
        for first in range(0, len(order), size * POOL):
            made = [self._recombined(int(row), random) for row in order[first : first + size * POOL]]
            made.sort(key=lambda item: len(item[0]))
            for start in random.permutation(np.arange(0, len(made) - size + 1, size)):
                yield self._packed(made[start : start + size])

    def _packed(self, made: list[Example]) -> tuple[np.ndarray, ...]:
        longest = -(-(max(len(item[0]) for item in made) - 1) // MULTIPLE) * MULTIPLE + 1
        words = np.full((len(made), longest), -1, np.int32)
        for row, item in enumerate(made):
            words[row, : len(item[0])] = item[0]
        return (words, *(np.stack([item[part] for item in made]) for part in (1, 2, 3)))

    def _recombined(self, row: int, random: np.random.Generator) -> Example:
        scene, evidence = self.scenes[row], self.evidence[row]
        for _ in range(TRIES):
            other = int(random.integers(len(self.scenes))) if random.random() < 0.7 else row
            subjects, exchanges = exchanged(scene.subjects, random)
            background = self.scenes[other].background
            if not is_held_out(scene.kind, subjects, background):
                break
        else:
            other, subjects, exchanges = row, scene.subjects, np.arange(evidence.shape[-1])
            background = scene.background
        turned, subjects, relation = turn(evidence[..., exchanges], subjects, scene.relation, random)
        sentence = sentences(subjects, relation, background)[0]
        return self.vocabulary.encode(sentence), turned, self.backgrounds[other], self._slots(sentence)

    def _slots(self, sentence: str) -> np.ndarray:
        """Which words stand before and after the relation."""
        slots = np.zeros((2, len(self.vocabulary)), np.float32)
        for slot, part in enumerate(_parts(sentence)):
            slots[slot, self.vocabulary.encode(part)[1:-1]] = 1
        return slots.reshape(-1)


def exchanged(subjects: tuple[Subject, ...], random: np.random.Generator) -> tuple[tuple[Subject, ...], np.ndarray]:
    """Other things of the same groups in other colours, and the order of the evidence's channels that shows them."""
    things = np.arange(len(CLASSES))
    made: list[Subject] = []
    for subject in subjects:
        group = GROUPS.get(subject.thing)
        if group is None or random.random() < 0.3:
            made.append(subject)
            continue
        taken = [s.thing for s in (*subjects, *made) if s is not subject]
        free = [thing for thing in group if thing not in taken]
        made.append(replace(subject, thing=free[int(random.integers(len(free)))]))
        _swap(things, subject.thing, made[-1].thing)
    colours = random.permutation(len(COLOUR_NAMES)) if random.random() < 0.7 else np.arange(len(COLOUR_NAMES))
    names = {COLOUR_NAMES[old]: COLOUR_NAMES[new] for new, old in enumerate(colours)}
    recoloured = [replace(subject, colour=names[subject.colour]) if subject.colour else subject for subject in made]
    rest = NOTHING + len(COLOUR_NAMES)
    return tuple(recoloured), np.concatenate([things, NOTHING + colours, [rest, rest + 1]])


def turn(
    evidence: np.ndarray, subjects: tuple[Subject, ...], relation: str | None, random: np.random.Generator
) -> tuple[np.ndarray, tuple[Subject, ...], str | None]:
    """The evidence mirrored across, mirrored down and with both directions exchanged, each half of the time."""
    across, down, both = random.random(3) < 0.5
    if across:
        evidence = evidence[:, ::-1]
    if down:
        evidence = evidence[::-1]
    if (across and relation == "left") or (down and relation == "above"):
        subjects = subjects[::-1]
    if both:
        evidence = evidence.transpose(1, 0, 2)
        relation = {"left": "above", "above": "left", None: None}[relation]
    return evidence, subjects, relation


def _swap(order: np.ndarray, one: Thing, other: Thing) -> None:
    a, b = CLASS_IDS[one.name], CLASS_IDS[other.name]
    order[[a, b]] = order[[b, a]]


def _parts(sentence: str) -> tuple[str, str]:
    for relation, _ in RELATIONS.values():
        before, found, after = sentence.partition(f" {relation} ")
        if found:
            return f"{before} {relation}", after
    return sentence, ""
