"""Hold a service to its committed OpenAPI document: same paths and methods, and answers that fit their schemas."""

from typing import Any

import httpx
from jsonschema import Draft202012Validator
from starlette.routing import Route

from servicekit import Service

METHODS = {"get", "post", "put", "patch", "delete"}


def check_document(document: dict[str, Any]) -> None:
    """Every schema is a schema, and every example fits it."""
    assert document["openapi"].startswith("3.1.")
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        for example in schema.get("examples", []):
            _validate(document, {"$ref": f"#/components/schemas/{name}"}, example)


def check_routes(document: dict[str, Any], service: Service) -> None:
    documented = {
        (path, method) for path, operations in document["paths"].items() for method in operations if method in METHODS
    }
    routed = {
        (route.path, method.lower())
        for route in service.application.routes
        if isinstance(route, Route) and route.include_in_schema
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert documented == routed


def check_answer(client: httpx.Client, answer: httpx.Response, path: str) -> None:
    """The status is documented for this operation, and the body fits the schema given there."""
    document = client.get("/openapi.json").json()
    responses = document["paths"][path][answer.request.method.lower()]["responses"]
    assert str(answer.status_code) in responses, f"{answer.status_code} is not documented for {path}: {answer.text}"
    media_type = answer.headers["Content-Type"].partition(";")[0]
    schema = responses[str(answer.status_code)]["content"][media_type]["schema"]
    _validate(document, schema, answer.json())


def _validate(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    Draft202012Validator(schema | {"components": document["components"]}).validate(value)
