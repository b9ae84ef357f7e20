"""Checks from an API's description: one for each GET that it says enough of to be sent, and what it promises to answer.

Whatever shape the document has, nothing here fails on it: what cannot be understood makes no check.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ..model import Check, Expect, Matcher, Request

_MOST: Final = 100
_DEEPEST: Final = 20
_STREAM: Final = "text/event-stream"
_TYPES: Final = {"object": "object", "array": "array", "string": "string", "boolean": "boolean"} | dict.fromkeys(
    ("integer", "number"), "number"
)
_PLAIN: Final = re.compile(r"^/[\x21-\x7e]*$")


def checks_of_description(document: Any, endpoint: str) -> tuple[Check, ...]:
    """The checks for the endpoint of that name, in the document's order. A GET is left out when it is deprecated, needs
    a login, or needs a parameter of which no example is given."""
    paths = _mapping(_mapping(document).get("paths"))
    found = (_check(document, str(path), _mapping(item), endpoint) for path, item in paths.items())
    return tuple(each for each in found if each is not None)[:_MOST]


def _check(document: Any, path: str, item: Mapping[str, Any], endpoint: str) -> Check | None:
    operation = _mapping(item.get("get"))
    if not operation or operation.get("deprecated") is True or _needs_login(document, operation):
        return None
    values = _values(document, [*_list(item.get("parameters")), *_list(operation.get("parameters"))])
    status, answer = _answer(document, operation)
    if values is None or status is None:
        return None
    address = _address(_base(document) + path, values)
    if not _PLAIN.match(address):
        return None
    headers = {name: value for (place, name), value in values.items() if place == "header"}
    request = Request(path=address, endpoint=endpoint, headers=headers)
    return Check(
        name=f"openapi: GET {path}"[:200], request=request, expect=_expect(document, status, answer), generated=True
    )


def _values(document: Any, parameters: list[Any]) -> dict[tuple[str, str], str] | None:
    """The values of the parameters that must be there, by place and name; None where one has no example. What an
    operation says of a parameter counts more than what its path says."""
    said = {}
    for each in parameters:
        parameter = _followed(each, document)
        said[(str(parameter.get("in")), str(parameter.get("name")))] = parameter
    found: dict[tuple[str, str], str] = {}
    for (place, name), parameter in said.items():
        if not (parameter.get("required") is True or place == "path"):
            continue
        example = _example(parameter, document)
        if example is None or place not in ("path", "query", "header"):
            return None
        found[(place, name)] = example
    return found


def _example(parameter: Mapping[str, Any], document: Any) -> str | None:
    schema = _followed(parameter.get("schema"), document)
    named = [_mapping(each).get("value") for each in _mapping(parameter.get("examples")).values()]
    listed = [*_list(schema.get("examples")), *_list(schema.get("enum")), *_list(parameter.get("enum"))]
    single = [parameter.get("example"), *named, schema.get("example"), schema.get("default"), parameter.get("default")]
    for value in (*single, *listed):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float) and value != "":
            return str(value)
    return None


def _address(path: str, values: Mapping[tuple[str, str], str]) -> str:
    for (place, name), value in values.items():
        if place == "path":
            path = path.replace("{" + name + "}", quote(value, safe=""))
    query = urlencode({name: value for (place, name), value in values.items() if place == "query"})
    return "" if "{" in path else path + (f"?{query}" if query else "")


def _answer(document: Any, operation: Mapping[str, Any]) -> tuple[int | None, Mapping[str, Any]]:
    """The status that a good answer has, and what is said of it: the lowest of the 2xx."""
    answers = {str(status): answer for status, answer in _mapping(operation.get("responses")).items()}
    for status in sorted(answers):
        if re.fullmatch(r"2[0-9X]{2}", status.upper()):
            return int(status.upper().replace("X", "0")), _followed(answers[status], document)
    return (200, _followed(answers["default"], document)) if "default" in answers else (None, {})


def _expect(document: Any, status: int, answer: Mapping[str, Any]) -> Expect:
    content = _mapping(answer.get("content"))
    if _STREAM in content:
        return Expect(status=status, head=True)
    schema = next((_mapping(said).get("schema") for kind, said in content.items() if _is_json(kind)), None)
    if schema is None and "schema" in answer:
        schema = answer["schema"]
    return Expect(status=status, body=dict(_fields(_followed(schema, document), document)))


def _fields(schema: Mapping[str, Any], document: Any) -> Iterator[tuple[str, Matcher]]:
    """The type of the whole, and of each member that has to be there."""
    kind = _type(schema)
    if kind:
        yield "@", Matcher(type=kind)
    members = _mapping(schema.get("properties"))
    for name in _list(schema.get("required")) if kind == "object" else ():
        member = _type(_followed(members.get(name), document))
        if member and isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
            yield f'"{name}"', Matcher(type=member)


def _type(schema: Mapping[str, Any]) -> Any:
    """The JSON type, where there is exactly one."""
    kind = schema.get("type")
    return _TYPES.get(kind) if isinstance(kind, str) and schema.get("nullable") is not True else None


def _needs_login(document: Any, operation: Mapping[str, Any]) -> bool:
    """Whether every way to ask it needs a credential; an empty requirement among them is a way without."""
    wanted = operation.get("security", _mapping(document).get("security"))
    return bool(_list(wanted)) and {} not in _list(wanted)


def _base(document: Any) -> str:
    """The path before all paths."""
    said = _mapping(document)
    servers = _list(said.get("servers"))
    url = str(_mapping(servers[0]).get("url", "")) if servers else str(said.get("basePath", ""))
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _is_json(kind: Any) -> bool:
    name = str(kind).partition(";")[0].strip().lower()
    return name == "application/json" or name.endswith("+json")


def _followed(value: Any, document: Any) -> Mapping[str, Any]:
    """The value, or what it refers to in the same document; references that lead around or nowhere give nothing."""
    for _ in range(_DEEPEST):
        reference = _mapping(value).get("$ref")
        if not isinstance(reference, str):
            return _mapping(value)
        value = document
        for part in reference.removeprefix("#/").split("/"):
            value = _mapping(value).get(part.replace("~1", "/").replace("~0", "~"))
    return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
