"""What a single value may be: lengths, bounds, formats, patterns and lists of values, of a schema before and after."""

from collections.abc import Iterator
from typing import Any, Final

from .alternatives import Shape
from .description_values import Side

Bound = tuple[float, int]

_LOWER: Final = ("minimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "maxLength", "maxItems", "maxProperties")
_WIDER: Final = {"int32": ("int64",), "float": ("double",)}


def limits(side: Side, old: Shape, new: Shape) -> Iterator[tuple[str, bool]]:
    """What breaks a caller, and whether for sure. A limit where none was is sure only for answers that lose it."""
    yield from _values(side, old, new)
    narrow, wide = (old, new) if side is Side.REQUEST else (new, old)
    for word in (*_LOWER, *_UPPER):
        lies, limit = _bound(word, narrow), _bound(word, wide)
        inside = limit is None or (lies is not None and (lies >= limit if word in _LOWER else lies <= limit))
        if not inside:
            sure = side is Side.ANSWER or lies is not None
            yield f"has {word} {_shown(word, new)} now, was {_shown(word, old)}", sure
    yield from _words(side, old, new, narrow, wide)


def _words(side: Side, old: Shape, new: Shape, narrow: Shape, wide: Shape) -> Iterator[tuple[str, bool]]:
    step, given = _number(wide.said.get("multipleOf")), _number(narrow.said.get("multipleOf"))
    if step and (given is None or given % step):
        after, before = (each.said.get("multipleOf", "any") for each in (new, old))
        yield f"is a multiple of {after} now, was of {before}", True
    if wide.said.get("uniqueItems") is True and narrow.said.get("uniqueItems") is not True:
        yield ("may not name anything twice now", True) if side is Side.REQUEST else ("may repeat itself now", False)
    kind, was = wide.said.get("format"), narrow.said.get("format")
    if kind and kind != was and kind not in _WIDER.get(str(was), ()):
        yield f"has format {new.said.get('format', 'any')} now, was {old.said.get('format', 'any')}", True
    pattern = wide.said.get("pattern")
    if pattern not in (None, narrow.said.get("pattern"), ".*", "^.*$"):
        yield f"has pattern {new.said.get('pattern', 'none')} now, was {old.said.get('pattern', 'none')}", False


def _values(side: Side, old: Shape, new: Shape) -> Iterator[tuple[str, bool]]:
    if side is Side.REQUEST and new.values is not None:
        if old.values is None:
            yield f"may only be {_listed(new.values)} now", True
        elif lost := [each for each in old.values if each not in new.values]:
            yield f"may no longer be {_listed(lost)}", True
    if side is Side.ANSWER and old.values is not None:
        if new.values is None:
            yield f"is no longer one of {_listed(old.values)}", False
        elif more := [each for each in new.values if each not in old.values]:
            yield f"may now be {_listed(more)}", False


def _bound(word: str, shape: Shape) -> Bound | None:
    """The bound, and whether it lies itself outside: OpenAPI 3.0 says that with a boolean, 3.1 with a number."""
    value = _number(shape.said.get(word))
    found = [] if value is None else [(value, 0)]
    if word in ("minimum", "maximum"):
        said = shape.said.get(f"exclusive{word.capitalize()}")
        beyond = _number(said)
        step = 1 if word == "minimum" else -1
        if said is True and found:
            found = [(found[0][0], step)]
        elif beyond is not None:
            found.append((beyond, step))
    if word in _LOWER and word != "minimum" and found == [(0.0, 0)]:
        return None
    return (max(found) if word in _LOWER else min(found)) if found else None


def _shown(word: str, shape: Shape) -> str:
    bound = _bound(word, shape)
    return "none" if bound is None else f"{bound[0]:g}" + (" exclusive" if bound[1] else "")


def _listed(values: list[Any]) -> str:
    shown = [repr(each) if isinstance(each, str) else str(each) for each in values[:4]]
    return ", ".join(shown) + (f" and {len(values) - 4} more" if len(values) > 4 else "")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
