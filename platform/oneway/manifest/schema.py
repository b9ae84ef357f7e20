"""The JSON Schema of manifests, generated from the model; editors complete and check with it."""

from typing import Any

import msgspec

from ..model import Duration, Platform, Service
from ..model.scalars import DURATION
from .field_docs import FIELDS


def json_schema() -> dict[str, Any]:
    """One schema for both kinds of file: `service:` makes a service's manifest, `platform:` the platform's."""
    (service, platform), components = msgspec.json.schema_components(
        [Service, Platform], schema_hook=_scalar, ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Oneway manifest oneway/v1",
        "if": {"required": ["platform"]},
        "then": platform,
        "else": service,
        "$defs": {name: _documented(name, part) for name, part in sorted(components.items())},
    }


def _documented(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """The part with descriptions and examples at its fields."""
    fields = {field: _field(f"{name}.{field}", schema) for field, schema in part.get("properties", {}).items()}
    return {**part, "properties": fields} if fields else part


def _field(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    if name not in FIELDS:
        return schema
    description, example = FIELDS[name]
    said = {**schema, "description": description}
    return said if example is None else {**said, "examples": [example]}


def _scalar(kind: type[Any]) -> dict[str, Any]:
    if kind is Duration:
        return {"type": "string", "pattern": DURATION, "examples": ["200ms", "1.5s", "10m"]}
    raise TypeError(f"no schema for {kind}")
