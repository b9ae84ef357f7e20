"""The operations of a description, OpenAPI 3 or Swagger 2, by method and path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .description_values import as_list, as_map, follow

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_NAME: Final = re.compile(r"\{([^{}]*)\}")

_ORIGIN: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one path promises. `parameters` are by place and name, those of the path by their number."""

    title: str
    parameters: Mapping[Key, Mapping[str, Any]]
    body: Mapping[str, Any]
    answers: Mapping[str, Mapping[str, Any]]
    security: Any
    deprecated: bool


def operations(document: Any) -> dict[Key, Operation]:
    """By method and path, whose variables have no names: `/orders/{id}` and `/orders/{order}` are one."""
    found: dict[Key, Operation] = {}
    base = _base(document)
    for path, item in as_map(as_map(document).get("paths")).items():
        shared = as_map(follow(item, document))
        for method in _METHODS:
            said = as_map(follow(shared.get(method), document))
            if shared.get(method) is not None:
                key = (method, _NAME.sub("{}", base + str(path)).rstrip("/") or "/")
                found[key] = _operation(document, f"{method.upper()} {base}{path}", shared, said)
    return found


def _operation(document: Any, title: str, item: Mapping[str, Any], said: Mapping[str, Any]) -> Operation:
    given: dict[Key, Mapping[str, Any]] = {}
    body = as_map(follow(said.get("requestBody"), document))
    names = _NAME.findall(title)
    for each in (*as_list(item.get("parameters")), *as_list(said.get("parameters"))):
        parameter = as_map(follow(each, document))
        place, name = str(parameter.get("in")), str(parameter.get("name"))
        if place == "body":
            body = _body(document, said, parameter)
        elif place == "path":
            given[place, str(names.index(name)) if name in names else name] = parameter
        else:
            given[place, name.lower() if place == "header" else name] = parameter
    answers = as_map(said.get("responses"))
    return Operation(
        title,
        given,
        body,
        {str(status).upper(): _answer(document, said, answer) for status, answer in answers.items()},
        said.get("security", as_map(document).get("security")),
        said.get("deprecated") is True,
    )


def _body(document: Any, said: Mapping[str, Any], parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """A Swagger 2 body as one of OpenAPI 3."""
    kinds = as_list(said.get("consumes", as_map(document).get("consumes"))) or ["application/json"]
    content = {str(kind): {"schema": parameter.get("schema", {})} for kind in kinds}
    return {"required": parameter.get("required") is True, "content": content}


def _answer(document: Any, said: Mapping[str, Any], answer: Any) -> Mapping[str, Any]:
    found = as_map(follow(answer, document))
    if "schema" not in found:
        return found
    kinds = as_list(said.get("produces", as_map(document).get("produces"))) or ["application/json"]
    return {**found, "content": {str(kind): {"schema": found["schema"]} for kind in kinds}}


def _base(document: Any) -> str:
    """The path before all paths."""
    said = as_map(document)
    servers = as_list(said.get("servers"))
    url = str(as_map(servers[0]).get("url", "")) if servers else str(said.get("basePath", ""))
    return _ORIGIN.sub("", url).partition("?")[0].partition("#")[0].rstrip("/")
