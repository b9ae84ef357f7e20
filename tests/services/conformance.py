"""Hold a service to its committed OpenAPI document: the one that its code generates, and answers that fit it."""

from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from servicekit import Service


def check_committed(service: Service, file: Path) -> None:
    """The committed document is what the code says; `python -m servicekit openapi` writes it."""
    assert file.read_text(encoding="utf-8") == service.openapi_json(), f"{file.name} is stale"
    check_document(service.openapi())


def check_document(document: dict[str, Any]) -> None:
    """Every schema is a schema, and every example fits it."""
    assert document["openapi"].startswith("3.1.")
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        for example in schema.get("examples", []):
            _validate(document, {"$ref": f"#/components/schemas/{name}"}, example)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _check_operation(document, operation, f"{method} {path}")


def _check_operation(document: dict[str, Any], operation: dict[str, Any], where: str) -> None:
    """It says what it does, what every parameter means, and what each of its answers looks like."""
    assert operation["operationId"], where
    assert operation["summary"], where
    assert all(each["description"] for each in operation.get("parameters", [])), where
    for status, response in operation["responses"].items():
        assert response["description"] != "Successful Response", where
        for media_type, content in response["content"].items():
            assert (media_type == "application/problem+json") == (int(status) >= 400), (where, status)
            examples = [each["value"] for each in content.get("examples", {}).values()]
            assert examples or int(status) < 400, (where, status)
            for example in examples:
                _validate(document, content["schema"], example)


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
