"""JSON values compared as JSON: types and order matter at every depth, 1 is 1.0, true is not 1."""

from typing import Any


def same(one: Any, other: Any) -> bool:
    """Whether both are the same JSON value."""
    if is_number(one) or is_number(other):
        return is_number(one) and is_number(other) and bool(one == other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return type(one) is type(other) and bool(one == other)


def contains(whole: Any, part: Any) -> bool:
    """A text contains a text, a list a value, an object a key; or the fields of a smaller object, with their values."""
    match whole, part:
        case str(), str():
            return part in whole
        case list(), _:
            return any(same(each, part) for each in whole)
        case dict(), str():
            return part in whole
        case dict(), dict():
            return all(key in whole and same(whole[key], value) for key, value in part.items())
    return False


def is_number(value: Any) -> bool:
    """Whether it is a JSON number; what is no number at all (NaN) is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
