"""Checks from OpenAPI: what a description says enough of is asked, whatever else it holds; only where it is wanted."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import hostile_server as hostile
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneway.model import Check
from oneway.probe import checks_of_description

ROOT = Path(__file__).resolve().parents[2]


def described(get: dict[str, Any] | None = None, path: str = "/things", **document: Any) -> tuple[Check, ...]:
    said = {"responses": {"200": {"description": "good"}}} | (get or {})
    return checks_of_description({"openapi": "3.1.0", "paths": {path: {"get": said}}, **document}, "http")


def parameter(name: str, place: str, required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, **more}


@pytest.mark.parametrize(
    ("parameters", "path", "asked"),
    [
        ([], "/things", "/things"),
        ([parameter("page", "query", False)], "/things", "/things"),
        ([parameter("page", "query")], "/things", None),
        ([parameter("page", "query", example=3)], "/things", "/things?page=3"),
        ([parameter("q", "query", examples={"one": {"value": "a b&c"}})], "/things", "/things?q=a+b%26c"),
        ([parameter("q", "query", schema={"enum": ["x", "y"]})], "/things", "/things?q=x"),
        ([parameter("on", "query", schema={"default": True})], "/things", "/things?on=true"),
        ([parameter("q", "query", schema={"$ref": "#/components/schemas/Q"})], "/things", "/things?q=ref"),
        ([parameter("id", "path")], "/things/{id}", None),
        ([parameter("id", "path", example="a/b")], "/things/{id}", "/things/a%2Fb"),
        ([], "/things/{id}", None),
        ([parameter("token", "cookie", example="x")], "/things", None),
        ([{"$ref": "#/components/parameters/Page"}], "/things", "/things?page=7"),
    ],
)
def test_parameters_come_from_examples_or_there_is_no_check(
    parameters: list[Any], path: str, asked: str | None
) -> None:
    parts = {"schemas": {"Q": {"example": "ref"}}, "parameters": {"Page": parameter("page", "query", example=7)}}
    found = described({"parameters": parameters}, path, components=parts)
    assert [each.request.path for each in found] == ([] if asked is None else [asked])
    assert all(each.generated and each.name == f"openapi: GET {path}" for each in found)


@pytest.mark.parametrize(
    ("responses", "status"),
    [
        ({"404": {}, "204": {}, "201": {}}, 201),
        ({"2XX": {}}, 200),
        ({"default": {}}, 200),
        ({"302": {}}, None),
        ({}, None),
        ({200: {}}, 200),
    ],
)
def test_the_lowest_good_status_is_expected(responses: dict[Any, Any], status: int | None) -> None:
    assert [each.expect.status for each in described({"responses": responses})] == ([] if status is None else [status])


def test_what_the_answer_has_to_hold_is_expected() -> None:
    schema = {
        "type": "object",
        "required": ["id", "tags", "note", "odd name", "any"],
        "properties": {
            "id": {"type": "integer"},
            "tags": {"$ref": "#/components/schemas/Tags"},
            "note": {"type": ["string", "null"]},
            "odd name": {"type": "string"},
        },
    }
    content = {"application/problem+json": {"schema": schema}}
    (found,) = described(
        {"responses": {"200": {"content": content}}}, components={"schemas": {"Tags": {"type": "array"}}}
    )
    assert {path: wanted.type for path, wanted in found.expect.body.items()} == {  # type: ignore[union-attr]
        "@": "object",
        '"id"': "number",
        '"tags"': "array",
    }
    (stream,) = described({"responses": {"200": {"content": {"text/event-stream": {}}}}})
    assert (stream.expect.head, stream.expect.body) == (True, {})


def test_what_needs_a_login_or_goes_away_is_left_out() -> None:
    assert described({"deprecated": True}) == ()
    assert described({"security": [{"key": []}]}) == ()
    assert described(security=[{"key": []}]) == ()
    assert len(described({"security": []}, security=[{"key": []}])) == 1
    assert len(described({"security": [{}, {"key": []}]})) == 1


def test_a_base_path_stands_before_every_path() -> None:
    assert described(servers=[{"url": "https://x.example.org/v2/"}])[0].request.path == "/v2/things"
    assert described(basePath="/api", swagger="2.0")[0].request.path == "/api/things"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
names = ("get", "parameters", "responses", "200", "content", "schema", "$ref", "security", "in", "name", "required")
operations = st.dictionaries(st.sampled_from(names), values, max_size=5)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(document=values, paths=st.dictionaries(st.text(max_size=9), st.fixed_dictionaries({"get": operations})))
def test_no_description_whatever_it_holds_stumbles(document: Any, paths: Any) -> None:
    for each in (document, {"paths": paths}, {"paths": document}):
        for found in checks_of_description(each, "http"):
            assert found.request.path.startswith("/")


@pytest.mark.parametrize(
    ("service", "paths"),
    [("caption", ["/v1/model"]), ("gateway", ["/v1/limits"]), ("id", ["/v1/ids/118377916890361856"])],
)
def test_the_samples_are_described_well_enough(service: str, paths: list[str]) -> None:
    document = json.loads((ROOT / f"services/{service}/openapi.json").read_text())
    assert [each.request.path for each in checks_of_description(document, "http")] == paths


MANIFESTS = {
    "platform": "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n",
    "shop": """apiVersion: oneway/v1
service: shop
version: 1.0.0
owner: ann
domain: core
endpoints: [{name: http, port: 8000, openapi: api.yaml}]
health: {ready: /readyz}
rollout: {judge: {of: 1}}
smoke: {openapi: true}
""",
}
API = "openapi: 3.1.0\npaths:\n  /soap:\n    get: {responses: {'200': {description: all}}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    for name, text in MANIFESTS.items():
        (tmp_path / f"manifests/{name}.yaml").write_text(text)
    (tmp_path / "api.yaml").write_text(API)
    return tmp_path


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def test_a_manifest_switches_them_on(root: Path) -> None:
    with hostile.serving(hostile.answer(200, b"{}")) as (url, _):
        done = run(root, "smoke", "shop", "--base-url", url, "--format", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        (service,) = json.loads(done.stdout)["services"]
        assert [each["name"] for each in service["checks"]] == ["openapi: GET /soap"]
        manifest = root / "manifests/shop.yaml"
        own = "{openapi: true, checks: [{name: mine, request: {path: /own}}]}"
        manifest.write_text(manifest.read_text().replace("{openapi: true}", own))
        done = run(root, "smoke", "shop", "--base-url", url, "--format", "json")
        (service,) = json.loads(done.stdout)["services"]
        assert [each["name"] for each in service["checks"]] == ["mine", "openapi: GET /soap"]
    found = json.loads(run(root, "check", "--format", "json").stdout)["findings"]
    assert [each for each in found if each["severity"] == "error" or each["rule"].startswith("smoke")] == []


def test_a_description_that_cannot_be_read_stops_a_deploy_and_is_told_otherwise(root: Path) -> None:
    (root / "api.yaml").write_text("{")
    smoke = run(root, "smoke", "shop", "--base-url", "http://127.0.0.1:1")
    assert "api.yaml of shop cannot be read" in smoke.stderr
    assert smoke.returncode == 1
    deploy = run(root, "deploy", "shop", "--dry-run")
    assert (deploy.returncode, "api.yaml of shop cannot be read" in deploy.stderr) == (1, True)
