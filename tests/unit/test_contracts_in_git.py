"""`check --base` on a repository: descriptions that changed, went away, or cannot be read."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PLATFORM = """\
apiVersion: oneway/v1
platform: p
owners: {ann: {backup: bob}, bob: {backup: ann}}
domains: {core: {}}
environments: {local: {target: local}}
"""
SERVICE = "apiVersion: oneway/v1\nservice: {name}\nversion: {version}\nowner: ann\ndomain: core\n{more}"
OLD = {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {}}}}, "/b": {"get": {"responses": {}}}}}
LESS = {"openapi": "3.1.0", "paths": {"/b": {"get": {"responses": {}}}}}


def found(root: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "oneway.cli.main", "check", "--base", "HEAD", "--format", "json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    said = json.loads(done.stdout)["findings"]
    return [each for each in said if each["rule"] == "contract-broken"]


def write(root: Path, name: str, version: str, more: str) -> None:
    (root / "manifests" / f"{name}.yaml").write_text(SERVICE.format(name=name, version=version, more=more))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "platform.yaml").write_text(PLATFORM)
    (tmp_path / "api.json").write_text(json.dumps(OLD))
    write(tmp_path, "id", "1.0.0", "endpoints: [{name: http, port: 80, openapi: api.json}]\n")
    write(tmp_path, "gate", "1.0.0", "calls: [{to: id}]\n")
    for arguments in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, timeout=60)
    return tmp_path


def test_a_path_that_goes_is_found_and_the_callers_named(root: Path) -> None:
    assert found(root) == []
    (root / "api.json").write_text(json.dumps(LESS))
    (one,) = found(root)
    assert (one["severity"], one["file"]) == ("error", "manifests/id.yaml")
    assert "breaks gate, made for 1.0.0: GET /a: it is gone" in one["message"]


def test_the_same_api_in_another_file_breaks_nobody(root: Path) -> None:
    (root / "api.json").unlink()
    (root / "api.yaml").write_text(json.dumps(OLD))
    write(root, "id", "1.1.0", "endpoints: [{name: http, port: 80, openapi: api.yaml}]\n")
    assert found(root) == []


@pytest.mark.parametrize("text", ["{", "[]", None])
def test_what_cannot_be_compared_is_a_warning(root: Path, text: str | None) -> None:
    if text is None:
        (root / "api.json").unlink()
    else:
        (root / "api.json").write_text(text)
    (one,) = found(root)
    assert one["severity"] == "warning"
    assert "what became of the old one is not known" in one["message"]
    write(root, "id", "1.1.0", "endpoints: [{name: http, port: 80}]\n")
    (one,) = found(root)
    assert "there is no description any more" in one["message"]
