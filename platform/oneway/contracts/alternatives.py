"""A schema as what a value may be: alternatives, each of one type, with all that `allOf` and `$ref` add."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .description_values import as_list, as_map, follow

MOST: Final = 64
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_OF_TYPES: Final[Mapping[type, str]] = {bool: "boolean", int: "integer", float: "number", str: "string"} | {
    type(None): "null",
    list: "array",
    dict: "object",
}
_READ_APART: Final = ("allOf", "anyOf", "oneOf", "nullable", "type", "enum", "const")
_HINTS: Final = {"properties": "object", "additionalProperties": "object", "required": "object", "items": "array"}


@dataclass(frozen=True, slots=True)
class Shape:
    """One alternative: its JSON type, "" for any, and the keywords that hold for it."""

    type: str
    said: Mapping[str, Any]

    @property
    def values(self) -> list[Any] | None:
        """The only values that it may have; None where it may have any of its type."""
        return self.said.get("enum")


class Shapes:
    """The alternatives of the schemas of one document."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._merged: dict[tuple[int, int], tuple[Any, Any, dict[str, Any]]] = {}

    def of(self, schema: Any) -> tuple[Shape, ...]:
        """What a value of the schema may be; nothing for `false`."""
        return tuple(shape for each in self._flat(schema, ()) for shape in _typed(each))

    def _flat(self, schema: Any, above: tuple[int, ...]) -> list[dict[str, Any]]:
        found = follow(schema, self._document)
        if found is False:
            return []
        said = as_map(found)
        if not said or id(said) in above:
            return [{}]
        inner = (*above, id(said))
        own = {name: value for name, value in said.items() if name not in _READ_APART}
        all_of = [own | _types(said) | _enum(said)]
        for part in as_list(said.get("allOf")):
            all_of = self._each_with(all_of, self._flat(part, inner))
        for key in ("anyOf", "oneOf"):
            parts = as_list(said.get(key))
            if parts:
                all_of = self._each_with(all_of, [one for part in parts for one in self._flat(part, inner)])
        return [*all_of, {"type": frozenset({"null"})}] if said.get("nullable") is True else all_of

    def _each_with(self, ones: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = [both for one in ones for other in others if (both := self._both(one, other)) is not None]
        return found[:MOST]

    def _both(self, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
        """What holds where both do; None where nothing can."""
        made = dict(one)
        for name, value in other.items():
            made[name] = self._joined(name, made[name], value) if name in made else value
        return None if made.get("type") == frozenset() else made

    def _joined(self, name: str, one: Any, other: Any) -> Any:
        if name == "type":
            return _common(one, other)
        if name == "enum":
            return [each for each in as_list(one) if each in as_list(other)]
        if name == "required":
            return [*as_list(one), *as_list(other)]
        if name == "properties":
            mine, more = as_map(one), as_map(other)
            return {**mine, **more, **{key: self._all(mine[key], more[key]) for key in mine.keys() & more.keys()}}
        if name == "items" or name == "additionalProperties":
            return False if False in (one, other) else self._all(one, other)
        if name in _LOWER + _UPPER and _number(one) and _number(other):
            return max(one, other) if name in _LOWER else min(one, other)
        return other

    def _all(self, one: Any, other: Any) -> Any:
        """Both at once, as the same object every time, so that what goes in a ring is seen to."""
        if one is other or one == other or one is True:
            return other
        key = (id(one), id(other))
        if key not in self._merged:
            self._merged[key] = (one, other, {"allOf": [one, other]})
        return self._merged[key][2]


def _typed(said: dict[str, Any]) -> Iterator[Shape]:
    types = said.get("type") or _inferred(said)
    for kind in sorted(types) or [""]:
        if "enum" in said:
            values = [each for each in as_list(said["enum"]) if not kind or _is(each, kind)]
            if values:
                yield Shape(kind, {**said, "enum": values})
        else:
            yield Shape(kind, said)


def _types(said: Mapping[str, Any]) -> dict[str, Any]:
    given = said.get("type")
    found = frozenset(each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str))
    return {"type": found} if found else {}


def _enum(said: Mapping[str, Any]) -> dict[str, Any]:
    if "const" in said:
        return {"enum": [said["const"]]}
    return {"enum": said["enum"]} if isinstance(said.get("enum"), list) else {}


def _inferred(said: Mapping[str, Any]) -> frozenset[str]:
    """The type where none is written and the other words say it."""
    if "enum" in said:
        return frozenset(_OF_TYPES.get(type(each), "") for each in as_list(said["enum"])) - {""}
    return frozenset(kind for word, kind in _HINTS.items() if word in said)


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    common = one & other
    if "integer" in one | other and "number" in one | other:
        common |= {"integer"}
    return common


def _is(value: Any, kind: str) -> bool:
    found = _OF_TYPES.get(type(value))
    return found == kind or (kind == "number" and found == "integer")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
