"""What scenes show and how it is said: things, colours, actions, backgrounds, and the sentences made of them."""

from __future__ import annotations

from dataclasses import dataclass

NUMBERS = {2: "two", 3: "three", 4: "four"}
RELATIONS = {"left": ("to the left of", "to the right of"), "above": ("above", "below")}


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing. `sprite` is its Twemoji short name; a recoloured sprite starts from `hue` (degrees)."""

    name: str
    sprite: str
    plural: str
    hue: float | None = None
    doing: str | None = None

    @property
    def coloured(self) -> bool:
        return self.hue is not None


def _thing(name: str, sprite: str = "", plural: str = "", hue: float | None = None) -> Thing:
    return Thing(name, sprite or name, plural or name + "s", hue)


def _person(who: str, doing: str, sprite: str) -> Thing:
    return Thing(f"{who} {doing}", sprite, "", None, doing)


COLOURS = {"red": 355.0, "yellow": 46.0, "green": 110.0, "blue": 213.0, "purple": 275.0}

PLAIN = (
    _thing("dog"),
    _thing("cat"),
    _thing("horse", "racehorse"),
    _thing("cow"),
    _thing("pig"),
    _thing("rabbit"),
    _thing("elephant"),
    _thing("penguin"),
    _thing("owl"),
    _thing("turtle"),
    _thing("fish", "tropical_fish", "fish"),
    _thing("butterfly", plural="butterflies"),
    _thing("bee"),
    _thing("snail"),
    _thing("duck"),
    _thing("bus", plural="buses"),
    _thing("bicycle", "bike"),
    _thing("train", "steam_locomotive"),
    _thing("airplane"),
    _thing("rocket"),
    _thing("boat"),
    _thing("tractor"),
    _thing("apple"),
    _thing("banana"),
    _thing("pizza"),
    _thing("cake"),
    _thing("strawberry", plural="strawberries"),
    _thing("carrot"),
    _thing("hamburger"),
    _thing("house"),
    _thing("tent"),
    _thing("tree", "deciduous_tree"),
    _thing("cactus", plural="cacti"),
    _thing("sunflower"),
    _thing("mushroom"),
    _thing("guitar"),
    _thing("trumpet"),
    _thing("violin"),
    _thing("football", "soccer"),
    _thing("basketball"),
    _thing("chair"),
    _thing("key"),
    _thing("crown"),
    _thing("snowman", plural="snowmen"),
    _thing("ghost"),
    _thing("robot", "robot_face"),
    _thing("moon", "crescent_moon"),
    _thing("star"),
)
COLOURED = (
    _thing("car", "car", hue=352.0),
    _thing("balloon", hue=352.0),
    _thing("umbrella", "closed_umbrella", hue=272.0),
    _thing("book", "closed_book", hue=352.0),
    _thing("heart", hue=352.0),
    _thing("dress", plural="dresses", hue=205.0),
)
PEOPLE = (
    _person("a woman", "running", "woman-running"),
    _person("a man", "riding a bicycle", "man-biking"),
    _person("a woman", "swimming", "woman-swimming"),
    _person("a man", "surfing", "man-surfing"),
    _person("a man", "lifting weights", "man-lifting-weights"),
    _person("a woman", "juggling", "woman-juggling"),
    _person("a man", "dancing", "man_dancing"),
    _person("a woman", "rowing a boat", "woman-rowing-boat"),
    _person("a man", "playing golf", "man-golfing"),
    _person("a person", "skiing", "skier"),
    _person("a person", "snowboarding", "snowboarder"),
    _person("a woman", "climbing", "woman_climbing"),
    _person("a person", "riding a horse", "horse_racing"),
    _person("a man", "bouncing a ball", "man-bouncing-ball"),
)
THINGS = PLAIN + COLOURED + PEOPLE
SOMETHING = _thing("something")
CLASSES = tuple(thing.name for thing in (*THINGS, SOMETHING))

TAILS = {
    "grass": "on the grass",
    "sand": "on the sand",
    "water": "in the water",
    "snow": "in the snow",
    "brick": "in front of a brick wall",
    "wood": "on a wooden table",
    "road": "on a road",
    "night": "against a night sky",
    "clouds": "against a cloudy sky",
    "plain": "against a plain background",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing, or several alike, as a sentence names it."""

    thing: Thing
    colour: str | None = None
    count: int = 1
    size: str | None = None

    def __str__(self) -> str:
        if self.thing.doing or self.thing is SOMETHING:
            return self.thing.name
        described = " ".join(word for word in (self.size, self.colour) if word)
        if self.count > 1:
            return " ".join(word for word in (NUMBERS[self.count], described, self.thing.plural) if word)
        return with_article(f"{described} {self.thing.name}".strip())


def with_article(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def sentences(subjects: tuple[Subject, ...], relation: str | None, background: str) -> tuple[str, str]:
    """The sentence that training teaches, and another that is as true. The left or upper subject comes first in the
    first."""
    tail = TAILS[background]
    first = subjects[0]
    if relation is not None:
        forward, backward = RELATIONS[relation]
        return f"{first} {forward} {subjects[1]} {tail}", f"{subjects[1]} {backward} {first} {tail}"
    if first.thing.doing:
        who = first.thing.name.removesuffix(f" {first.thing.doing}")
        return f"{who} is {first.thing.doing} {tail}", f"there is {first} {tail}"
    if first.count > 1:
        return f"{first} {tail}", f"a group of {first} {tail}"
    return f"{first} {tail}", f"there is {first} {tail}"
