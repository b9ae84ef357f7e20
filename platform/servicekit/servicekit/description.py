"""What FastAPI cannot know of a service's interface: its answers where something went wrong, and its limits."""

from http import HTTPStatus
from typing import Any, Final

from servicekit.problem import MEDIA_TYPE, problem_document

_EXAMPLE_ID: Final = "6f1d0c5a9be24d6c8f0a7b3e2d4c1f90"
_GENERATED: Final = ("HTTPValidationError", "ValidationError")
_COMMON: Final[dict[str, str]] = {
    "400": "The request is malformed, or a parameter is not what is described here.",
    "408": "The caller's own deadline left too little time for an answer.",
    "413": "The body is larger than {limit:,} bytes.",
    "500": "A fault of the service; its log has the details under the request_id.",
    "503": "The service cannot answer at this moment; Retry-After says when to try again.",
    "504": "The answer was not ready in time.",
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, after RFC 9457; further members say more.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "request_id": {"type": "string", "description": "To find the request in the logs of all services."},
        "errors": {
            "type": "array",
            "description": "With status 400: every place that is not as described, and what is expected there.",
            "items": {
                "type": "object",
                "required": ["where", "expected"],
                "properties": {"where": {"type": "string"}, "expected": {"type": "string"}},
            },
        },
        "limit_bytes": {"type": "integer", "description": "With status 413: the largest body that is accepted."},
        "deadline_ms": {"type": "integer", "description": "With status 408 and 504: the time that the request had."},
        "cause": {
            "enum": ["caller", "service"],
            "description": "With status 408 and 504: whose fault it is that the time was not enough.",
        },
    },
}
_HEADERS: Final[dict[str, Any]] = {
    "X-Request-ID": {
        "description": "The caller's, or a new one: to find the request in the logs of all services.",
        "schema": {"type": "string", "maxLength": 128, "examples": [_EXAMPLE_ID]},
    },
    "Retry-After": {"description": "Whole seconds.", "schema": {"type": "integer", "minimum": 1, "examples": [1]}},
}
_DEADLINES: Final = (
    "Every request may carry `X-Request-ID` (at most 128 plain characters), which is answered, logged and passed on, "
    "and `X-Request-Deadline-Ms`, the whole milliseconds after which its answer is of no use. Where these are over, "
    "the answer is 504 if it was the service that took too long, and 408 if the caller gave too little time. "
    "Every error is `application/problem+json`."
)


def complete(document: dict[str, Any], largest_body: int) -> dict[str, Any]:
    """FastAPI's document, in which every operation has all its problems, each with an example."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    information = document["info"]
    information["description"] = "\n\n".join(filter(None, [information.get("description"), _DEADLINES]))
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"] = _responses(operation, schemas, largest_body)
    for name in _GENERATED:
        schemas.pop(name, None)
    components["schemas"] = dict(sorted((schemas | {"Problem": _PROBLEM}).items()))
    components["headers"] = _HEADERS
    return document


def _responses(operation: dict[str, Any], schemas: dict[str, Any], largest_body: int) -> dict[str, Any]:
    own = {
        status: each | {"description": _told(each, schemas)}
        for status, each in operation["responses"].items()
        if not _is_generated(each)
    }
    common = {status: {"description": text.format(limit=largest_body)} for status, text in _COMMON.items()}
    responses = common | own
    return {status: _with_shape(status, responses[status]) for status in sorted(responses)}


def _is_generated(response: dict[str, Any]) -> bool:
    """Whether it is FastAPI's own for validation, which is never answered here."""
    return "HTTPValidationError" in str(response.get("content"))


def _told(response: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What FastAPI calls "Successful Response" is told by the model's docstring."""
    description = str(response["description"])
    if description != "Successful Response":
        return description
    references = [each.get("schema", {}).get("$ref", "") for each in response.get("content", {}).values()]
    models = [schemas.get(reference.rpartition("/")[2], {}) for reference in references]
    return next((each["description"] for each in models if "description" in each), description)


def _with_shape(status: str, response: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if status in ("429", "503"):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    shaped = response | {"headers": headers | response.get("headers", {})}
    if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST and "content" not in response:
        example = problem_document(int(status), response["description"], _EXAMPLE_ID)
        shaped["content"] = {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {"problem": {"value": example}},
            }
        }
    return shaped
