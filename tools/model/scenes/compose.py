"""Plans scenes: what stands where on which background. Combinations of a fixed share are kept out of training
altogether."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from tools.model.scenes.words import (
    COLOURED,
    COLOURS,
    PEOPLE,
    PLAIN,
    SOMETHING,
    TAILS,
    THINGS,
    Subject,
    Thing,
    sentences,
)

KINDS = {"one": 0.13, "count": 0.17, "pair": 0.34, "group": 0.20, "action": 0.11, "other": 0.05}
# Training shows drawings of unknown things more often, as there are so many of them to tell from the known ones.
TRAINED_KINDS = {"one": 0.12, "count": 0.16, "pair": 0.29, "group": 0.19, "action": 0.10, "other": 0.14}
BACKGROUNDS = tuple(TAILS)


@dataclass(frozen=True, slots=True)
class Placed:
    """One drawing: the middle and the width as shares of the picture's side."""

    thing: Thing
    colour: str | None
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Scene:
    seed: int
    kind: str
    background: str
    placed: tuple[Placed, ...]
    subjects: tuple[Subject, ...]
    relation: str | None
    sentences: tuple[str, str]


def plan(seed: int, held_out: bool) -> Scene:
    """The scene of this seed. Held-out scenes show only combinations that training scenes never show, and the other
    way round."""
    random = np.random.default_rng([seed, int(held_out)])
    kinds = KINDS if held_out else TRAINED_KINDS
    while True:
        kind = str(random.choice(list(kinds), p=list(kinds.values())))
        background = str(random.choice(BACKGROUNDS))
        subjects, relation, placed = PLANNERS[kind](random)
        if is_held_out(kind, subjects, background) == held_out:
            said = sentences(subjects, relation, background)
            return Scene(seed, kind, background, placed, subjects, relation, said)


def is_held_out(kind: str, subjects: tuple[Subject, ...], background: str) -> bool:
    """Whether training must never show, nor be told of, this combination."""
    names = sorted(subject.thing.name for subject in subjects)
    if len(names) == 2:
        return zlib.crc32("|".join(names).encode()) % 7 == 0
    return zlib.crc32(f"{kind}|{names[0]}|{background}".encode()) % 9 == 0


def _one(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    large = bool(random.random() < 0.5)
    thing, colour = _choose(random, PLAIN + COLOURED)
    width = random.uniform(0.52, 0.68) if large else random.uniform(0.22, 0.34)
    x, y = random.uniform(0.34, 0.66, 2) if large else random.uniform(0.2, 0.8, 2)
    return (Subject(thing, colour, size="large" if large else "small"),), None, (Placed(thing, colour, x, y, width),)


def _count(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    count = int(random.integers(2, 5))
    thing, colour = _choose(random, PLAIN + COLOURED)
    apart = 0.38 if count < 4 else 0.34
    points: list[tuple[float, float]] = []
    while len(points) < count:
        x, y = random.uniform(0.17, 0.83, 2)
        if all((x - u) ** 2 + (y - v) ** 2 > apart**2 for u, v in points):
            points.append((x, y))
        elif random.random() < 0.03:
            points.clear()
    placed = tuple(Placed(thing, colour, x, y, random.uniform(0.8, 0.98) * (apart - 0.06)) for x, y in points)
    return (Subject(thing, colour, count),), None, placed


def _pair(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    (first, first_colour), (second, second_colour) = _choose_two(random, THINGS)
    relation, spots = _two_spots(random)
    placed = tuple(
        Placed(thing, colour, x, y, random.uniform(0.32, 0.42))
        for (thing, colour), (x, y) in zip(((first, first_colour), (second, second_colour)), spots, strict=True)
    )
    return (Subject(first, first_colour), Subject(second, second_colour)), relation, placed


def _group(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    (many, many_colour), (single, single_colour) = _choose_two(random, PLAIN + COLOURED)
    count = int(random.integers(2, 4))
    relation, spots = _two_spots(random)
    subjects = [Subject(many, many_colour, count), Subject(single, single_colour)]
    if random.random() < 0.5:
        spots = spots[::-1]
    (row_x, row_y), (x, y) = spots
    placed = [Placed(single, single_colour, x, y, random.uniform(0.32, 0.42))]
    for shift in np.linspace(-0.3, 0.3, count) if count > 2 else (-0.2, 0.2):
        jitter_x, jitter_y = random.uniform(-0.03, 0.03, 2)
        spot = (0.5 + shift, row_y) if relation == "above" else (row_x, 0.5 + shift)
        placed.append(Placed(many, many_colour, spot[0] + jitter_x, spot[1] + jitter_y, random.uniform(0.23, 0.28)))
    in_order = (
        subjects
        if ((row_x, row_y) < (x, y) and relation == "left") or (row_y < y and relation == "above")
        else subjects[::-1]
    )
    return tuple(in_order), relation, tuple(placed)


def _action(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    thing = PEOPLE[int(random.integers(len(PEOPLE)))]
    x, y = random.uniform(0.32, 0.68, 2)
    return (Subject(thing),), None, (Placed(thing, None, x, y, random.uniform(0.34, 0.66)),)


def _other(random: np.random.Generator) -> tuple[tuple[Subject, ...], str | None, tuple[Placed, ...]]:
    if random.random() < 0.5:
        x, y = random.uniform(0.3, 0.7, 2)
        return (Subject(SOMETHING),), None, (Placed(SOMETHING, None, x, y, random.uniform(0.3, 0.66)),)
    known = _choose(random, THINGS)
    named = [known, (SOMETHING, None)] if random.random() < 0.5 else [(SOMETHING, None), known]
    relation, spots = _two_spots(random)
    placed = tuple(
        Placed(thing, colour, x, y, random.uniform(0.32, 0.42))
        for (thing, colour), (x, y) in zip(named, spots, strict=True)
    )
    return tuple(Subject(*item) for item in named), relation, placed


def _two_spots(random: np.random.Generator) -> tuple[str, tuple[tuple[float, float], tuple[float, float]]]:
    """A relation and two spots that show it, the left or upper one first."""
    near, far = random.uniform(0.2, 0.28), random.uniform(0.72, 0.8)
    middle = random.uniform(0.42, 0.58)
    first, second = middle + random.uniform(-0.07, 0.07, 2)
    if random.random() < 0.5:
        return "left", ((near, first), (far, second))
    return "above", ((first, near), (second, far))


def _choose(random: np.random.Generator, things: tuple[Thing, ...]) -> tuple[Thing, str | None]:
    """A thing and its colour; coloured ones come three times as often, as there are more sentences about them."""
    weights = np.array([3.0 if thing.coloured else 1.0 for thing in things])
    thing = things[int(random.choice(len(things), p=weights / weights.sum()))]
    return thing, str(random.choice(list(COLOURS))) if thing.coloured else None


def _choose_two(
    random: np.random.Generator, things: tuple[Thing, ...]
) -> tuple[tuple[Thing, str | None], tuple[Thing, str | None]]:
    first = _choose(random, things)
    while True:
        second = _choose(random, things)
        if second[0] != first[0]:
            return first, second


PLANNERS = {"one": _one, "count": _count, "pair": _pair, "group": _group, "action": _action, "other": _other}
