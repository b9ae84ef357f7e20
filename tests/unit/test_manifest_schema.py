"""The JSON Schema: in step with the model, described throughout, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from oneway import model
from oneway.manifest.field_docs import FIELDS
from oneway.manifest.schema import json_schema
from oneway.model import Value

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(msgspec.json.encode(json_schema()))
GOOD = {"apiVersion": "oneway/v1", "service": "a", "version": "1.0.0", "owner": "o", "domain": "d"}


def faults(data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(data)]


def parts() -> list[type[Value]]:
    kinds = [getattr(model, name) for name in model.__all__]
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Value) and kind is not Value]


def test_is_a_schema_and_the_committed_one_is_up_to_date() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    committed = ROOT / "manifests" / "oneway.schema.json"
    assert json.loads(committed.read_text()) == SCHEMA, "write it anew: platform schema -o manifests/oneway.schema.json"


def test_the_manifests_of_this_repository_are_valid_and_name_it() -> None:
    for path in sorted((ROOT / "manifests").glob("*.yaml")):
        text = path.read_text()
        assert faults(yaml.safe_load(text)) == [], path
        assert text.startswith("# yaml-language-server: $schema=oneway.schema.json\n"), path


@pytest.mark.parametrize("kind", parts(), ids=lambda kind: kind.__name__)
def test_every_field_is_described_and_its_example_is_valid(kind: type[Value]) -> None:
    definition = SCHEMA["$defs"][kind.__name__]
    for field in msgspec.structs.fields(kind):
        name = f"{kind.__name__}.{field.encode_name}"
        assert name in FIELDS, f"say what {name} is for in manifest/field_docs.py"
        said = definition["properties"][field.encode_name]
        assert said["description"].endswith(".")
        for example in said.get("examples", ()):
            validator = Draft202012Validator({**said, "$defs": SCHEMA["$defs"]})
            assert [error.message for error in validator.iter_errors(example)] == [], name


def test_no_description_is_left_of_a_field_that_is_gone() -> None:
    known = {f"{kind.__name__}.{field.encode_name}" for kind in parts() for field in msgspec.structs.fields(kind)}
    assert set(FIELDS) - known == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"versio": "1"},
        {"version": 1.1},
        {"service": "A"},
        {"calls": [{"to": "b", "timeout": 5}]},
        {"endpoints": [{"name": "http", "port": 0}]},
        {"scale": {"min": 0}},
    ],
)
def test_refuses_what_the_loader_refuses(wrong: dict[str, Any]) -> None:
    assert faults(GOOD) == []
    assert faults(GOOD | wrong) != []
