"""What commands print for programs: the list of fields, and whether a document keeps to it."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("json_outputs.yaml")
_OPAQUE: Final = "opaque:"


@cache
def outputs() -> Mapping[str, Mapping[str, Any]]:
    """Command, as it is typed → what its output says and its fields."""
    return {each["command"]: each for each in yaml.safe_load(_FILE.read_text(encoding="utf-8"))}


def used_fields(command: str, document: Any) -> set[str]:
    """The documented fields that the document has; LookupError names one that it has and the list does not."""
    fields = outputs()[command]["fields"]
    used = set()
    for path in _paths(document):
        known = {each for each in fields if _covers(each, fields[each], path)}
        empty = path.endswith(("[]", ".")) and any(each.startswith(path) for each in fields)
        if not known and not empty:
            raise LookupError(f"{command}: {path} is not described in {_FILE.name}")
        used |= known
    return used


def page() -> Iterator[str]:
    """The page of the reference."""
    yield (
        "# JSON outputs\n\nFor programs. Fields are added without a word; one that goes or changes its meaning raises"
        " `version`, and the CHANGELOG says so. `[]` is each entry of a list, `*` each key of a map.\n"
    )
    for command, about in outputs().items():
        yield f"\n## {command}\n\n"
        others = [f"`{each}`" if each.startswith("platform ") else each for each in about.get("also", ())]
        yield about["says"] + (f" The same for {', '.join(others)}." if others else "") + "\n"
        yield "\n| field | means |\n|---|---|\n"
        for field, meaning in about["fields"].items():
            words = meaning.removeprefix(_OPAQUE).strip().replace("|", "\\|")
            yield f"| `{field}` | {words} |\n"


def _paths(value: Any, at: str = "") -> Iterator[str]:
    """Every leaf, as `a.b[].c`; an empty list or map ends with `[]` or a dot."""
    if isinstance(value, dict):
        if not value and at:
            yield f"{at}."
        for name, inner in value.items():
            yield from _paths(inner, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        if not value:
            yield f"{at}[]"
        for inner in value:
            yield from _paths(inner, f"{at}[]")
    else:
        yield at


def _covers(field: str, meaning: str, path: str) -> bool:
    inside = r"(\[\]|\..*)?" if meaning.startswith(_OPAQUE) else ""
    return re.fullmatch(re.escape(field).replace(r"\*", "[^.]+") + inside, path) is not None
