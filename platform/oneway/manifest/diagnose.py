"""Every schema fault of one manifest at once, each with its path and what would be right.

Walks the data beside the model's types (`msgspec.inspect`), so that the model stays the only schema there is.
"""

import difflib
import re
from collections.abc import Hashable, Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any

import msgspec
from msgspec import inspect as types

from ..model.secrets import names_secret
from .decode import decode
from .wording import FALSE, TRUE, Path, is_number, look_alike, name, said, unknown_hint, within


@cache
def _type_info(kind: Hashable) -> types.Type:
    """The decoded shape of a type, worked out once."""
    return types.type_info(kind)


class Fault(msgspec.Struct, frozen=True):
    """What is wrong at a path, and what to do.

    `number` is how the message words a number where text belongs: `1.10` has lost its last digit on the way here, and
    whoever has the file at hand puts what it says in its place.
    """

    path: Path
    message: str
    hint: str = ""
    number: str = ""

    def as_written(self, text: str) -> "Fault":
        """The same fault with the number as the file has it."""
        message = self.message.replace(f"the number {self.number}", f"the number {text}", 1)
        return Fault(self.path, message, self.hint.replace(f'"{self.number}"', f'"{text}"', 1))


def diagnose(data: Any, kind: Any, path: Path = ()) -> list[Fault]:
    """All faults of `data` read as `kind`; empty exactly when `decode` accepts it."""
    return list(_walk(data, _type_info(kind), path))


def _walk(value: Any, kind: types.Type, path: Path) -> Iterator[Fault]:
    match kind:
        case types.Metadata():
            yield from _described(value, kind, path)
        case types.StructType():
            yield from _struct(value, kind, path)
        case types.DictType():
            yield from _mapping(value, kind, path)
        case types.VarTupleType() | types.ListType():
            yield from _sequence(value, kind, path)
        case types.UnionType():
            yield from _union(value, kind, path)
        case types.LiteralType():
            yield from _literal(value, kind, path)
        case types.AnyType():
            return
        case _:
            yield from _scalar(value, kind, path, "")


def _described(value: Any, kind: types.Metadata, path: Path) -> Iterator[Fault]:
    description = (kind.extra_json_schema or {}).get("description", "")
    if isinstance(kind.type, types.StrType | types.IntType | types.FloatType):
        yield from _scalar(value, kind.type, path, description)
    else:
        yield from _walk(value, kind.type, path)


def _struct(value: Any, kind: types.StructType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, f"{name(path)} is {said(value, path)}, not a mapping of fields")
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key, item in value.items():
        if key in fields:
            yield from _walk(item, fields[key].type, (*path, key))
        else:
            yield Fault((*path, key), f"unknown field {said(key)}{within(path)}", unknown_hint(key, fields))
    for field in kind.fields:
        if field.required and field.encode_name not in value:
            yield Fault(path, f"field {field.encode_name!r} is missing{within(path)}", f"add `{field.encode_name}: …`")


def _mapping(value: Any, kind: types.DictType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, f"{name(path)} is {said(value, path)}, not a mapping of names")
        return
    for key, item in value.items():
        for fault in _walk(key, kind.key_type, (*path, key)):
            yield Fault(fault.path, f"the name {fault.message}", fault.hint)
        yield from _walk(item, kind.value_type, (*path, key))


def _sequence(value: Any, kind: types.VarTupleType | types.ListType, path: Path) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(
            path,
            f"{name(path)} is {said(value, path)}, not a list",
            "write a list: [a, b], or lines that start with `- `",
        )
        return
    for index, item in enumerate(value):
        yield from _walk(item, kind.item_type, (*path, index))


def _union(value: Any, kind: types.UnionType, path: Path) -> Iterator[Fault]:
    if value is None and kind.includes_none:
        return
    choices = [each for each in kind.types if not isinstance(each, types.NoneType)]
    if isinstance(value, dict):
        choices = [each for each in choices if isinstance(_bare(each), types.StructType | types.DictType)] or choices
    faults = [list(_walk(value, each, path)) for each in choices]
    if all(faults):
        yield from min(faults, key=len)


def _bare(kind: types.Type) -> types.Type:
    return kind.type if isinstance(kind, types.Metadata) else kind


def _literal(value: Any, kind: types.LiteralType, path: Path) -> Iterator[Fault]:
    if value in kind.values and not isinstance(value, bool):
        return
    allowed = ", ".join(map(str, kind.values))
    near = difflib.get_close_matches(str(value), [str(each) for each in kind.values], 1)
    yield Fault(
        path, f"{name(path)} is {said(value, path)}", f"did you mean {near[0]}?" if near else f"one of: {allowed}"
    )


def _scalar(value: Any, kind: types.Type, path: Path, description: str) -> Iterator[Fault]:
    """Ask the decoder itself about one scalar, and say its answer in words."""
    annotated = _annotation(kind)
    try:
        decode(value, annotated)
    except msgspec.ValidationError as error:
        if path[-2:-1] in (("env",), ("headers",)) and names_secret(str(path[-1])):
            yield Fault(path, f"{name(path)} has a value that cannot be used", "write text, in quotes: it is not shown")
            return
        number = str(value) if type(value) in (int, float) and isinstance(kind, types.StrType) else ""
        message = f"{name(path)} is {said(value, path)}{_expected(kind, description)}"
        yield Fault(path, message, _advice(value, kind, description, str(error)), number)


def _annotation(kind: types.Type) -> Any:
    match kind:
        case types.StrType():
            return _with(str, kind, "min_length", "max_length", "pattern")
        case types.IntType():
            return _with(int, kind, "gt", "ge", "lt", "le")
        case types.FloatType():
            return _with(float, kind, "gt", "ge", "lt", "le")
        case types.BoolType():
            return bool
        case types.NoneType():
            return None
        case types.DateType():
            return date
        case types.CustomType():
            return kind.cls
    raise TypeError(f"the manifest model has a type that diagnose does not know: {kind}")


def _with(base: type[Any], kind: Any, *constraints: str) -> Any:
    given = {name: getattr(kind, name) for name in constraints if getattr(kind, name) is not None}
    return Annotated[base, msgspec.Meta(**given)] if given else base


def _expected(kind: types.Type, description: str) -> str:
    if isinstance(kind, types.IntType | types.FloatType):
        noun = "a whole number" if isinstance(kind, types.IntType) else "a number"
        bounds = [
            f"{words} {bound:,}"
            for words, bound in (
                ("above", kind.gt),
                ("of at least", kind.ge),
                ("below", kind.lt),
                ("of at most", kind.le),
            )
            if bound is not None
        ]
        return f", not {' '.join([noun, ' and '.join(bounds)]).strip()}"
    if description:
        return f", not {description}"
    words = {types.StrType: "text", types.BoolType: "true or false", types.DateType: "a date, as in 2027-01-31"}
    word = words.get(type(kind))
    return f", not {word}" if word else ""


def _advice(value: Any, kind: types.Type, description: str, reason: str) -> str:
    match kind, value:
        case types.StrType(), bool() | None:
            return "YAML reads this as true, false or null: write it in quotes"
        case types.StrType(), int() | float():
            return f'YAML reads this as a number: write it in quotes, "{value}"'
        case types.BoolType(), str() if value.lower() in TRUE + FALSE:
            return f"YAML 1.2 knows true and false only: write {str(value.lower() in TRUE).lower()}"
        case types.IntType() | types.FloatType(), str() if is_number(value):
            return f"remove the quotes: {value}"
        case types.StrType(), str() if description:
            return look_alike(value)
        case types.IntType() | types.FloatType() | types.BoolType(), _:
            return ""
    return re.sub(r"`", "", re.sub(r" - at `.*`$", "", reason)).replace("Expected ", "expected: ", 1)
