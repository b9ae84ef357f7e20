"""How faults of a manifest are worded: values, names, and what was probably meant."""

import difflib
import math
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from ..model.secrets import looks_secret

Path = tuple[str | int, ...]

TRUE: Final = ("yes", "on", "y", "true")
FALSE: Final = ("no", "off", "n", "false")


def is_number(value: str) -> bool:
    """Whether text is what a number would look like without its quotes."""
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def look_alike(text: str) -> str:
    """Which letter only looks like a plain one, in words; empty when all are plain."""
    odd = next((each for each in text if not each.isascii()), "")
    return f"{odd!r} is {unicodedata.name(odd, 'not a letter')}, not a plain letter" if odd else ""


def said(value: Any, path: Path = ()) -> str:
    """A value as a message calls it; long text is cut, and what may be a secret is not shown."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "empty"
        case str() if "secrets" in path[-3:] or looks_secret(name(path), value):
            return "text that is not shown"
        case str():
            return repr(value if len(value) <= 60 else value[:57] + "…")
    return str(value).lower() if isinstance(value, bool) else f"the number {value}"


def name(path: Path) -> str:
    """The nearest field on a path."""
    names = [str(each) for each in path if isinstance(each, str)]
    return names[-1] if names else "the manifest"


def within(path: Path) -> str:
    """Where a field stands; nothing at the top."""
    return f" in {'.'.join(map(str, path))}" if path else ""


def unknown_hint(key: Any, known: Iterable[str]) -> str:
    """What somebody who wrote an unknown field probably meant."""
    names = list(known)
    if key == "<<":
        return "merge keys are YAML 1.1: write the fields out"
    near = difflib.get_close_matches(str(key)[:100], names, 1, 0.6)
    odd = look_alike(str(key))
    return f"did you mean {near[0]!r}?{f' {odd}' * bool(odd)}" if near else f"known fields: {', '.join(names)}"
