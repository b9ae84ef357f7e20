"""What applying objects would change, by the API server's own dry run, in the fields that are this tool's."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...model.secrets import redact, shown
from .answers import FieldConflict
from .api import Api
from .kinds import Object, kind_of, title
from .variants import RELEASE

_NOTHING: Final = object()
_VARIABLE: Final = re.compile(r"\.env\[([^\]]+)\]\.value$|^data[.\[]([^.\]]+)\]?$")
_KEYS: Final = ("name", "containerPort", "port", "mountPath", "host", "topologyKey", "type")
_LONGEST: Final = 160


def differences(api: Api, objects: Iterable[Object]) -> tuple[str, ...]:
    """One line for each of our fields that would change, and for each object that would be made."""
    return tuple(line for body in objects for line in _of_object(api, body))


def _of_object(api: Api, body: Object) -> Iterator[str]:
    live = api.find(kind_of(body), body["metadata"]["name"])
    if live is None:
        yield f"+ {title(body)}"
        return
    try:
        result = api.apply(body, dry_run=True)
    except FieldConflict as conflict:
        for manager, fields in conflict.owners.items():
            yield f"! {title(body)}: {', '.join(fields)} belong to the field manager {manager}; a deploy stops here"
        return
    before, after = flat(live), flat(result)
    for path in sorted(owned(body) | (before.keys() - after.keys())):
        old, new = before.get(path, _NOTHING), after.get(path, _NOTHING)
        if old != new and RELEASE not in path and _is_ours(path):
            yield f"~ {title(body)}: {path}: {_shown(path, old)} → {_shown(path, new)}"


def owned(body: Object) -> set[str]:
    """The paths that an object to apply sets."""
    return set(flat(body))


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Leaves by path; list elements go by what the API server merges them by, such as a container's name."""
    if isinstance(value, Mapping) and value:
        return {
            leaf: each for key, inner in value.items() for leaf, each in flat(inner, _joined(path, str(key))).items()
        }
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return {
            leaf: each
            for index, inner in enumerate(value)
            for leaf, each in flat(inner, f"{path}[{_key(inner, index)}]").items()
        }
    return {path: value}


def _is_ours(path: str) -> bool:
    head = path.split(".", 2)
    return head[0] in ("spec", "data", "automountServiceAccountToken") or head[:2] in (
        ["metadata", "labels"],
        ["metadata", "annotations"],
    )


def _joined(path: str, key: str) -> str:
    if not path:
        return key
    return f"{path}.{key}" if "." not in key and "/" not in key else f"{path}[{key}]"


def _key(element: Mapping[str, Any], index: int) -> str:
    return next((str(element[each]) for each in _KEYS if each in element), str(index))


def _shown(path: str, value: Any) -> str:
    if value is _NOTHING:
        return "nothing"
    variable = _VARIABLE.search(path)
    text = " ".join((shown(variable[1] or variable[2], str(value)) if variable else redact(str(value))).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
