"""`platform check --env` and `deploy --dry-run` say what the target cannot run, before anything is touched."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLATFORM = """\
apiVersion: oneway/v1
platform: p
owners: {ann: {}}
domains: {core: {}}
environments: {local: {target: local}}
"""
BUILT_FROM = {"apple": "runtime: python3.11", "banana": "runtime: node22", "web": "dockerfile: services/web/main.py"}


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    programs = root / ".git" / "programs"
    return subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PATH": str(programs)},
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    (tmp_path / ".git" / "programs").mkdir()
    for name in ("git", "node", "npm"):
        # A machine with these, and without any engine of containers.
        if found := shutil.which(name):
            (tmp_path / ".git" / "programs" / name).symlink_to(found)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "platform.yaml").write_text(PLATFORM)
    for name, built_from in BUILT_FROM.items():
        folder = tmp_path / "services" / name
        folder.mkdir(parents=True)
        (folder / "main.py").touch()
        (folder / "requirements.txt").touch()
        (tmp_path / "manifests" / f"{name}.yaml").write_text(
            f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\n"
            f"build: {{path: services/{name}, {built_from}, start: [run]}}\n"
            "endpoints: [{name: http, port: 8080, public: true}]\n"
        )
    return tmp_path


def test_what_does_not_run_here_is_refused_and_stands_in_nobody_elses_way(root: Path) -> None:
    done = run(root, "deploy", "--all", "--dry-run", "--format", "json")
    assert done.returncode == 1, done.stderr
    plan = json.loads(done.stdout)
    assert [(each["service"], each["reason"]) for each in plan["refusals"]] == [
        ("web", "web is built from services/web/main.py, and neither docker nor podman works here")
    ]
    assert run(root, "deploy", "apple", "banana", "--dry-run").returncode == 0


def test_a_shared_port_is_a_warning_of_the_plan(root: Path) -> None:
    plan = json.loads(run(root, "deploy", "apple", "banana", "--dry-run", "--format", "json").stdout)
    warnings = {each["service"]: each["warnings"] for each in plan["actions"]}
    assert warnings["apple"] == []
    assert warnings["banana"][0].startswith("banana declares port 8080, which apple declares as well")


def test_a_build_that_is_not_there(root: Path) -> None:
    manifest = root / "manifests" / "apple.yaml"
    manifest.write_text(manifest.read_text().replace("services/apple", "services/apples"))
    said = "manifests/apple.yaml:6:9: error: apple is built with services/apples, which is not there (build-missing)"
    assert said in run(root, "check").stdout
    done = run(root, "deploy", "apple", "--dry-run")
    assert done.returncode == 1
    assert said in done.stdout + done.stderr


def test_check_tells_it_for_the_environment_that_is_asked_for(root: Path) -> None:
    assert run(root, "check").returncode == 0
    done = run(root, "check", "--env", "local")
    assert done.returncode == 1
    assert "manifests/web.yaml:6:29: error: web is built from services/web/main.py" in done.stdout
    assert done.stdout.count("(port-shared)") == 2
