"""The article of an English name, by how it sounds: an hourglass, a unicycle, an iPod, and none for wool and jeans."""

import re

# Names that are counted in pieces or not at all, by their last word, and those whose last word says too little.
_NONE_AFTER = re.compile(
    "bars|binoculars|broccoli|carbonara|clogs|consomme|corn|dough|eggnog|guacamole|hay|jeans|lotion|mail|pajamas|paper|"
    "perfume|potatoes|powder|rapeseed|scissors|shorts|spray|sunglasses|sunscreen|syrup|tights|trousers|wine|wool"
)
_NONE = frozenset({"ice cream", "velvet fabric"})
_HAS_ONE = re.compile(r"(?:an?|the|some) ", re.IGNORECASE)
_MANY = re.compile(r"tights\b")
_VOWEL = re.compile(
    r"""(?:
        hour | heir | honest | honou?r\b          # h that is not spoken
      | (?! eu | ewe | on(?:e\b|ce\b|esie)         # spoken as "yu" or "wu"
          | uni(?:[cfqtv]|d(?!ent)|on|so) | u(?:biq|rin|ran|rol|s[aeu]|til|ter|kr|ke|kul) | ufo\b )
        [aeiou]
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_SPELLED = re.compile(r"[A-Z](?=[A-Z0-9]|-|\b)")
_SPELLED_WITH_VOWEL = frozenset("AEFHILMNORSX")


def with_article(name: str) -> str:
    """The name as it stands after "a photo of": with a, with an, or as it is."""
    if _HAS_ONE.match(name) or _MANY.match(name) or name in _NONE or _NONE_AFTER.fullmatch(_last_word(name)):
        return name
    return f"{'an' if _sounds_like_vowel(name) else 'a'} {name}"


def _last_word(name: str) -> str:
    """Without what stands in brackets."""
    return name.partition(" (")[0].rpartition(" ")[2].lower()


def _sounds_like_vowel(name: str) -> bool:
    if _SPELLED.match(name):
        return name[0] in _SPELLED_WITH_VOWEL
    return _VOWEL.match(name) is not None
