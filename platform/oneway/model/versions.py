"""Semantic versions (semver.org 2.0.0), and the ranges of them that calls ask for.

A range is comparisons joined by commas; all must hold. `==` is meant where none is written. Versions are ordered as
semver orders them, pre-releases too: 1.1.0-alpha lies in `>=1.0`, 1.0.0-alpha comes before it.

A comparison may leave out numbers. For `>=`, `<=`, `>` and `<` they are 0; for `==` and `!=` they stand for any number:
`==1.2` is every 1.2.x, as is `==1.2.*`. `~=1.4` is `>=1.4` and below 2; `~=1.4.2` is `>=1.4.2` and below 1.5. `<2` lets
no pre-release of 2.0.0 in, since whoever writes it wants nothing of 2; `<2.0.0-rc.1` does.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Numbers = tuple[int, ...]
Key = tuple[Numbers, tuple[tuple[int, int, str], ...]]

_COMPARISON: Final = re.compile(
    r"(?P<sign>==|!=|>=|<=|>|<|~=)?(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})(?P<any>\.\*)?(?:-(?P<pre>[0-9A-Za-z.-]+))?",
    re.ASCII,
)
_RELEASED: Final = ((2, 0, ""),)
_ORDERINGS: Final[dict[str, Callable[[Key, Key], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def version_key(version: str) -> Key:
    """What versions sort by."""
    numbers, _, pre = version.partition("-")
    return _key(tuple(map(int, numbers.split("."))), pre)


@lru_cache(maxsize=65536)
def accepts(wanted: str, version: str) -> bool:
    """Whether the version lies in the range. ValueError when the range cannot be read."""
    key = version_key(version)
    return all(each.holds(key) for each in parse_range(wanted))


@lru_cache(maxsize=4096)
def parse_range(text: str) -> tuple["Comparison", ...]:
    """Read a range; ValueError says which part of it is no comparison."""
    return tuple(_comparison(part.strip(" ")) for part in text.split(","))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a range: the sign, the numbers that are written, and the pre-release, if any."""

    sign: str
    numbers: Numbers
    pre: str

    def holds(self, version: Key) -> bool:
        """Whether a version lies on the right side of it."""
        bound = _key(self.numbers, self.pre)
        if self.sign in ("==", "!="):
            same = version == bound if self.pre or len(self.numbers) == 3 else _starts(version, self.numbers)
            return same is (self.sign == "==")
        if self.sign == "~=":
            return version >= bound and _starts(version, self.numbers[: max(1, len(self.numbers) - 1)])
        unwanted = self.sign == "<" and not self.pre and version[0] == bound[0]
        return _ORDERINGS[self.sign](version, bound) and not unwanted


def _comparison(text: str) -> Comparison:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a comparison such as >=1.0, <2 or ==1.4.*")
    sign, numbers, pre = match["sign"] or "==", tuple(map(int, match["numbers"].split("."))), match["pre"] or ""
    if match["any"] and sign not in ("==", "!="):
        raise ValueError(f"{text!r}: .* stands for any number after == or !=, as in ==1.4.*")
    return Comparison(sign, numbers, pre)


def _starts(version: Key, numbers: Numbers) -> bool:
    return version[0][: len(numbers)] == numbers


def _key(numbers: Numbers, pre: str) -> Key:
    marks = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")]
    return (*numbers, *(0,) * (3 - len(numbers))), tuple(marks) if pre else _RELEASED
