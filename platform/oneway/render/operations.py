"""What an OpenAPI document says, as plain values to show. Whatever shape it has, nothing here fails on it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LONGEST: Final = 4_000
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a body: where it goes, its type in words, and whether it must be there."""

    name: str
    place: str
    type: str
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One status of an operation with its media types and an example, where there is one."""

    status: str
    description: str
    types: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    fields: tuple[Field, ...] = ()
    answers: tuple[Answer, ...] = ()


def operations(document: Any) -> tuple[Operation, ...]:
    """The operations in the document's order; none where it is not an OpenAPI document."""
    paths = _mapping(_mapping(document).get("paths"))
    return tuple(
        _operation(method, str(path), _mapping(item), _mapping(_mapping(item)[method]), document)
        for path, item in paths.items()
        for method in _METHODS
        if method in _mapping(item)
    )


def _operation(method: str, path: str, item: Mapping[str, Any], said: Mapping[str, Any], document: Any) -> Operation:
    parameters = [*_list(item.get("parameters")), *_list(said.get("parameters"))]
    fields = [*(_parameter(_followed(each, document), document) for each in parameters), *_body(said, document)]
    answers = [
        _answer(str(status), _followed(answer, document), document)
        for status, answer in _mapping(said.get("responses")).items()
    ]
    summary = str(said.get("summary") or said.get("description") or "")
    return Operation(method.upper(), path, summary, tuple(fields), tuple(answers))


def _parameter(parameter: Mapping[str, Any], document: Any) -> Field:
    return Field(
        str(parameter.get("name", "")),
        str(parameter.get("in", "")),
        _type(parameter.get("schema"), document),
        parameter.get("required") is True,
        str(parameter.get("description") or ""),
    )


def _body(said: Mapping[str, Any], document: Any) -> Iterator[Field]:
    body = _followed(said.get("requestBody"), document)
    for media, content in _mapping(body.get("content")).items():
        type_ = _type(_mapping(content).get("schema"), document)
        yield Field("body", str(media), type_, body.get("required") is True, str(body.get("description") or ""))


def _answer(status: str, answer: Mapping[str, Any], document: Any) -> Answer:
    content = _mapping(answer.get("content"))
    types = tuple(
        f"{media}: {_type(_mapping(said).get('schema'), document)}" if _mapping(said).get("schema") else str(media)
        for media, said in content.items()
    )
    examples = [example for said in content.values() for example in _examples(_mapping(said))]
    return Answer(status, str(answer.get("description") or ""), types, _shown(examples[0]) if examples else "")


def _examples(said: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in said:
        yield said["example"]
    yield from (_mapping(each).get("value") for each in _mapping(said.get("examples")).values())


def _shown(example: Any) -> str:
    try:
        text = json.dumps(example, ensure_ascii=False, indent=2, default=str)
    except RecursionError:
        return ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _type(schema: Any, document: Any, depth: int = 0) -> str:
    """A schema in few words: the name that it refers to, or its type with its members."""
    said = _mapping(schema)
    reference = said.get("$ref")
    if isinstance(reference, str):
        return reference.rpartition("/")[2]
    if depth > _DEEPEST:
        return "…"
    for word in ("oneOf", "anyOf", "allOf"):
        if _list(said.get(word)):
            joint = " and " if word == "allOf" else " or "
            return joint.join(_type(each, document, depth + 1) for each in _list(said[word]))
    kind = said.get("type")
    if kind == "array":
        return f"list of {_type(said.get('items'), document, depth + 1)}"
    if kind == "object" and _mapping(said.get("properties")):
        return "{" + ", ".join(str(name) for name in _mapping(said["properties"])) + "}"
    words = " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind or "anything")
    return f"{words} ({said['format']})" if isinstance(said.get("format"), str) else words


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
