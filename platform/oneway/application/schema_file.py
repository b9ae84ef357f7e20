"""The JSON Schema of manifests as a file beside them, and the line by which editors find it."""

from typing import Final

import msgspec

from ..manifest.schema import json_schema

SCHEMA_FILE: Final = "oneway.schema.json"
EDITOR_LINE: Final = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"


def schema_text() -> str:
    """The file's content."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"
