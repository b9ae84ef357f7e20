"""An environment leaves a service out, or puts a stand-in in its place: every command says the same of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneway.generate import Images, Sources, kubernetes_files
from oneway.generate.validate import flow_faults
from oneway.manifest import load, merge
from oneway.model import System

PLATFORM = """\
apiVersion: oneway/v1
platform: p
owners: {ann: {}}
domains: {core: {}}
environments:
  local: {target: local}
  prod: {target: kubernetes, context: c, namespace: n, registry: r.example.com/x}
"""
SHOP = "calls: [{to: search}, {to: hints, required: false}]\nendpoints: [{name: http, port: 8080}]\n"
GONE = "build: {image: 'x/y:1'}\nendpoints: [{name: http, port: 8081}]\nenvironments: {local: {deploy: false}}\n"


def write(root: Path, **services: str) -> None:
    (root / "manifests").mkdir(exist_ok=True)
    (root / "manifests/platform.yaml").write_text(PLATFORM)
    for name, text in services.items():
        (root / "services" / name).mkdir(parents=True, exist_ok=True)
        (root / "services" / name / "main.py").touch()
        head = f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\n"
        build = f"build: {{path: services/{name}, runtime: python3.11, start: [run]}}\n"
        own = "" if text.startswith("build:") else build
        (root / f"manifests/{name}.yaml").write_text(head + own + text)


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL
    )


def read(root: Path, env: str) -> System:
    files = [(path.name, path.read_bytes()) for path in sorted((root / "manifests").iterdir())]
    return load(files, env).system


@pytest.mark.timeout(600)
def test_check_dry_run_status_and_picture_say_the_same_of_it(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    write(tmp_path, shop=SHOP, search=GONE, hints=GONE.replace("8081", "8082"), free="endpoints: []\n")
    told = "shop needs search, which local leaves out (`deploy: false`)"
    checked = run(tmp_path, "check", "--env", "local", "--format", "json")
    found = [each["message"] for each in json.loads(checked.stdout)["findings"] if each["rule"] == "target-unfit"]
    assert found == [told]
    planned = run(tmp_path, "deploy", "--all", "--dry-run", "--format", "json")
    plan = json.loads(planned.stdout)
    assert [each["reason"] for each in plan["refusals"]] == [told]
    assert [each["service"] for each in plan["actions"]] == ["free", "shop"]
    warned = next(each["warnings"] for each in plan["actions"] if each["service"] == "shop")
    assert warned == ["shop calls hints, which this environment leaves out; it answers without it, degraded"]
    assert "note: local leaves out hints, search" in planned.stderr
    asked = json.loads(run(tmp_path, "deploy", "search", "--dry-run", "--format", "json").stdout)
    assert [each["reason"] for each in asked["refusals"]] == [
        "search is left out of local: manifests/search.yaml says `deploy: false`"
    ]
    assert asked["actions"] == []
    status = json.loads(run(tmp_path, "status", "--format", "json").stdout)["services"]
    assert {each["service"]: (each["health"], each["left_out"], each["lacks"]) for each in status} == {
        "free": ("stopped", False, []),
        "hints": ("left out", True, []),
        "search": ("left out", True, []),
        "shop": ("stopped", False, ["hints", "search"]),
    }
    drawn = tmp_path / "picture.svg"
    assert run(tmp_path, "render-graph", "--env", "local", "-o", str(drawn)).returncode == 0
    assert drawn.read_text().count("left out of this environment") == 2
    assert run(tmp_path, "render-graph", "--env", "prod", "-o", str(drawn)).returncode == 0
    assert "left out" not in drawn.read_text()


def test_a_cluster_gets_no_objects_of_it_and_no_flow_to_it(tmp_path: Path) -> None:
    gone = GONE.replace("local:", "prod:")
    write(tmp_path, shop=SHOP.replace("{to: search}", "{to: search, required: false}"), search=gone, hints=GONE)
    system = read(tmp_path, "prod")
    files = {each.path: each.content for each in kubernetes_files(system, Sources(Images(), lambda path: True, _no))}
    assert "services/shop.yaml" in files
    assert "services/search.yaml" not in files
    assert "search" not in files["kustomization.yaml"]
    documents = [each for name, text in files.items() if name.endswith(".yaml") for each in yaml.safe_load_all(text)]
    assert flow_faults(system, documents) == []


@pytest.mark.parametrize(
    ("build", "over", "merged"),
    [
        ({"image": "a"}, {"runtime": "static", "path": "x"}, {"runtime": "static", "path": "x"}),
        ({"image": "a", "start": ["b"]}, {"runtime": "static", "path": "x"}, {"runtime": "static", "path": "x"}),
        (
            {"path": "x", "dockerfile": "x/D"},
            {"runtime": "binary", "start": ["b"]},
            {"path": "x", "runtime": "binary", "start": ["b"]},
        ),
        (
            {"path": "x", "runtime": "node24", "strict": True, "start": ["a"]},
            {"image": "i"},
            {"path": "x", "image": "i", "start": ["a"]},
        ),
        ({"path": "x", "runtime": "node24"}, {"runtime": "node22"}, {"path": "x", "runtime": "node22"}),
        (
            {"path": "x", "dockerfile": "D"},
            {"dockerfile": None, "runtime": "go1.24"},
            {"path": "x", "runtime": "go1.24"},
        ),
        ({"image": "a"}, {"image": "b"}, {"image": "b"}),
        ({"path": "x", "runtime": "node24"}, {"strict": True}, {"path": "x", "runtime": "node24", "strict": True}),
    ],
)
def test_a_stand_in_of_another_kind_takes_the_place_of_what_it_stands_in_for(
    build: dict[str, Any], over: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge({"build": build, "env": {"A": "1"}}, {"build": over}) == {"build": merged, "env": {"A": "1"}}


def _no(path: str) -> bytes:
    raise FileNotFoundError(path)
