"""A page for each service, and OpenAPI documents of every shape as words."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import WHEEL, contents, picture_of

from oneway.manifest import load
from oneway.render.html import Known, service_pages
from oneway.render.operations import Answer, Field, operations

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/ids": {
            "parameters": [{"$ref": "#/components/parameters/trace"}],
            "get": {
                "summary": "Some ids",
                "parameters": [{"name": "count", "in": "query", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "Here they are",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Ids"},
                                "example": {"ids": ["1"]},
                            }
                        },
                    },
                    "404": {"$ref": "#/components/responses/none"},
                },
            },
            "post": {"requestBody": {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}},
        }
    },
    "components": {
        "parameters": {"trace": {"name": "trace", "in": "header", "schema": {"type": "string"}}},
        "responses": {"none": {"description": "There is none"}},
    },
}


def test_operations_say_what_they_take_and_answer() -> None:
    get, post = operations(DOCUMENT)
    assert (get.method, get.path, get.summary) == ("GET", "/v1/ids", "Some ids")
    assert get.fields == (
        Field("trace", "header", "string", False),
        Field("count", "query", "integer", True),
    )
    assert get.answers == (
        Answer("200", "Here they are", ("application/json: Ids",), json.dumps({"ids": ["1"]}, indent=2)),
        Answer("404", "There is none"),
    )
    assert post.fields[1:] == (Field("body", "image/png", "string (binary)", False),)


def test_references_that_lead_around_give_nothing() -> None:
    around = {"paths": {"/": {"get": {"parameters": [{"$ref": "#/a"}]}}}, "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}
    (only,) = operations(around)
    assert only.fields == (Field("", "", "anything", False),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["paths", "/a", "get", "parameters", "responses", "content", "schema", "$ref", "type"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_document_whatever_its_shape_fails(document: Any) -> None:
    operations(document)
    operations({"paths": document})
    operations({"paths": {"/": document}})
    operations({"paths": {"/": {"get": document}}})


def pages(known: Known | None = None) -> dict[str, str]:
    files = contents("grocer")
    picture = picture_of(files)
    system = load(files.items()).system
    return dict(service_pages(picture, system, known or Known(), WHEEL.run))


def test_every_service_has_a_page_at_a_name_that_stays() -> None:
    found = pages()
    assert len(found) == 60
    page = found["services/ledger.html"]
    for words in (
        "Books every cent twice.",
        "Elif",
        "Called by (6)",
        "payments.html",
        "timeout",
        "Checks",
        "../index.html#at=ledger",
    ):
        assert words in page
    assert "Not known here" in page
    assert "<script" not in page


def test_releases_are_told_as_known() -> None:
    rows = {"ledger": (("3", "2.1.8", "2026-11-01 10:00 UTC", "live", "elif"),)}
    found = pages(Known(releases=rows))
    assert "2026-11-01 10:00 UTC" in found["services/ledger.html"]
    assert "It was never deployed here." in found["services/vault.html"]


def test_text_of_a_description_stays_text() -> None:
    spite = "</table><script>alert(1)</script>"
    document = {"paths": {"/x": {"get": {"summary": spite, "responses": {"200": {"description": spite}}}}}}
    files = contents("grocer")
    name = "manifests/ledger.yaml"
    files[name] = files[name].replace(b"protocol: http", b"protocol: http, openapi: ledger.json", 1)
    picture = picture_of(files)
    system = load(files.items()).system
    known = Known({"ledger.json": document})
    page = dict(service_pages(picture, system, known, WHEEL.run))["services/ledger.html"]
    assert "<script" not in page


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", "render-graph", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_a_folder_gets_an_index_and_a_page_for_each_service(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = run("--manifests", str(ROOT / "manifests"), "-o", f"{site}/", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("wrote 4 pages: ")
    assert sorted(path.name for path in (site / "services").iterdir()) == ["caption.html", "gateway.html", "id.html"]
    assert "GET" in (site / "services/id.html").read_text(encoding="utf-8")
    assert '"pages":"services"' in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "content", ["{", "[1", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "[" * 100_000]
)
def test_a_description_that_cannot_be_read_is_said_on_the_page(tmp_path: Path, content: str) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    (manifests / "platform.yaml").write_text("apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {d: {}}\n")
    (manifests / "a.yaml").write_text(
        "apiVersion: oneway/v1\nservice: a\nversion: 1.0.0\nowner: o\ndomain: d\n"
        "endpoints: [{name: http, port: 80, openapi: a.json}]\n"
    )
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    done = run("-o", "site/", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "cannot be read" in (tmp_path / "site/services/a.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--manifests", str(ROOT / "manifests"), "-o", "file/site/", cwd=tmp_path)
    assert done.returncode != 0
    assert "cannot be written" in done.stderr
