"""Semantic versions (semver.org 2.0.0) and the ranges that calls ask for.

A range is comparisons joined by commas; all must hold. `==` is meant when none is written. Missing numbers are 0, but
for `==` and `!=` they stand for any (`==1.2` is every 1.2.x, as is `==1.2.*`). `~=1.4` is `>=1.4,<2`, and `~=1.4.2`
is `>=1.4.2,<1.5`. A pre-release comes before its release, and `<2` does not let in pre-releases of 2.
"""

import re
from functools import lru_cache
from typing import Final

Key = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]

_COMPARISON: Final = re.compile(r"(==|!=|>=|<=|>|<|~=)?([0-9]+(?:\.[0-9]+){0,2})(\.\*)?(?:-([0-9A-Za-z.-]+))?")
_RELEASED: Final = ((2, 0, ""),)


@lru_cache(maxsize=65536)
def satisfies(version: str, wanted: str) -> bool:
    """Whether the version lies in the range. ValueError when the range cannot be read."""
    numbers, _, pre = version.partition("-")
    return all(_holds(_key(numbers, pre), part.strip()) for part in wanted.split(","))


def compare_key(version: str) -> Key:
    """What versions sort by."""
    numbers, _, pre = version.partition("-")
    return _key(numbers, pre)


def _holds(version: Key, comparison: str) -> bool:
    match = _COMPARISON.fullmatch(comparison)
    if match is None or (match[3] and match[1] not in (None, "==", "!=")):
        raise ValueError(f"{comparison!r} is not a comparison such as >=1.0, <2 or ==1.4.*")
    operator, numbers, pre = match[1] or "==", match[2], match[4] or ""
    given = tuple(map(int, numbers.split(".")))
    bound = _key(numbers, pre)
    match operator:
        case "==" | "!=":
            same = version == bound if pre or len(given) == 3 else version[0][: len(given)] == given
            return same == (operator == "==")
        case ">=":
            return version >= bound
        case "<=":
            return version <= bound
        case ">":
            return version > bound
        case "<":
            return version < bound and (bool(pre) or version[0] != bound[0])
        case _:
            return version >= bound and version[0][: max(1, len(given) - 1)] == given[: max(1, len(given) - 1)]


def _key(numbers: str, pre: str) -> Key:
    parts = [int(part) for part in numbers.split(".")]
    marks = (
        tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")) if pre else _RELEASED
    )
    return tuple(parts + [0] * (3 - len(parts))), marks
