"""What callers put into path, query, headers and cookies: what was enough has to stay enough."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from .described_operations import Operation
from .description_values import Side, as_map
from .schemas import Comparison, Said

_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def parameters(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Said]:
    """What of the parameters breaks a caller."""
    for key, parameter in new.parameters.items():
        if key not in old.parameters and _required(parameter) and "default" not in _schema(parameter):
            yield Said("", f"{_title(parameter)} is new and required")
    for key, parameter in old.parameters.items():
        if key not in new.parameters:
            yield Said("", f"{_title(parameter)} is gone", sure=False)
        else:
            yield from _parameter(comparison, parameter, new.parameters[key])


def _parameter(comparison: Comparison, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
    title = _title(old)
    if _required(new) and not _required(old) and "default" not in _schema(new):
        yield Said("", f"{title} is required now")
    if _style(old) != _style(new):
        yield Said("", f"{title} is written in another style ({_style(new)}, was {_style(old)})")
    before, after = _schema(old), _schema(new)
    if "default" in before and before.get("default") != after.get("default") and not _required(old):
        yield Said("", f"{title} is {after.get('default')!r} now where it is left out, was {before['default']!r}")
    yield from comparison.changes(Side.REQUEST, _schema(old), _schema(new), title)


def _title(parameter: Mapping[str, Any]) -> str:
    place = str(parameter.get("in"))
    named = {"header": "header", "cookie": "cookie", "path": "path parameter", "formData": "form field"}
    return f"{named.get(place, f'{place} parameter')} {parameter.get('name')}"


def _required(parameter: Mapping[str, Any]) -> bool:
    return parameter.get("required") is True


def _schema(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """What its value may be; in Swagger 2 the parameter says that itself."""
    if "schema" in parameter:
        return as_map(parameter["schema"])
    for said in as_map(parameter.get("content")).values():
        return as_map(as_map(said).get("schema"))
    return {name: value for name, value in parameter.items() if name not in ("in", "name", "required", "description")}


def _style(parameter: Mapping[str, Any]) -> str:
    """How several values are written; only where there can be several."""
    if as_map(parameter.get("schema", parameter)).get("type") not in ("array", "object"):
        return ""
    if "collectionFormat" in parameter or "schema" not in parameter:
        return str(parameter.get("collectionFormat", "csv"))
    style = str(parameter.get("style", _STYLES.get(str(parameter.get("in")), "form")))
    return style + (" exploded" if parameter.get("explode", style == "form") else "")
