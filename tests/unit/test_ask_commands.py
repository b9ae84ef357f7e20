"""`platform impact`, `why`, `explain`, `schema` and `new`, as they are typed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"
CALLS = {
    "gateway": "[{to: caption, retries: 1}, {to: id, required: false}]",
    "caption": "[{to: id, per_request: 2}]",
    "id": "[]",
}


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "platform.yaml").write_text(PLATFORM)
    for name, calls in CALLS.items():
        public = str(name == "gateway").lower()
        text = f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\n"
        text += f"endpoints: [{{name: http, port: 80, public: {public}}}]\ncalls: {calls}\n"
        (tmp_path / "manifests" / f"{name}.yaml").write_text(text)
    return tmp_path


def test_impact_parts_broken_from_degraded(root: Path) -> None:
    done = run(root, "impact", "id")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "When id is down, 2 cannot answer:",
        "service  owner  because of",
        "caption  ann    id",
        "gateway  ann    caption     users see it",
        "Nobody answers with less.",
    ]
    said = json.loads(run(root, "impact", "gateway", "--format", "json").stdout)
    assert said == {"version": 1, "service": "gateway", "broken": [], "degraded": []}


def test_why_shows_the_worst_path_first(root: Path) -> None:
    done = run(root, "why", "gateway", "id")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "gateway reaches id by 2 paths, worst first:",
        "gateway -> caption -> id  (required; one request becomes up to 4)",
        "  manifests/gateway.yaml:7:9: gateway calls caption, 1000ms × 2",
        "  manifests/caption.yaml:7:9: caption calls id, 1000ms × 1",
        "gateway -> id  (degraded without it; one request becomes up to 1)",
        "  manifests/gateway.yaml:7:36: gateway calls id, 1000ms × 1",
    ]
    back = run(root, "why", "id", "gateway")
    assert (back.returncode, back.stdout) == (1, "id does not reach gateway\n")


def test_a_misspelt_service_and_rule(root: Path) -> None:
    wrong = run(root, "impact", "captoin")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: there is no service captoin\n  hint: did you mean caption?\n"
    assert run(root, "explain", "call-cycel").returncode == 2


def test_explain(root: Path) -> None:
    everything = run(root, "explain").stdout
    assert "retry-amplification" in everything
    one = run(root, "explain", "timeout-budget").stdout
    assert one.startswith("timeout-budget (error by default)\n\nA call gives its callee less time")
    assert json.loads(run(root, "explain", "call-cycle", "--format", "json").stdout)["fixed"] is True
    assert run(ROOT, "explain", "waivers").returncode == 0


def test_schema_is_printed_written_and_verified(root: Path) -> None:
    assert json.loads(run(root, "schema").stdout)["title"] == "Oneway manifest oneway/v1"
    assert run(root, "schema", "-o", "s.json").returncode == 0
    assert run(root, "schema", "--verify", "s.json").returncode == 0
    (root / "s.json").write_text("{}")
    assert run(root, "schema", "--verify", "s.json").returncode == 1


def test_new_makes_a_service_that_passes_check(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    shutil.copytree(ROOT / "platform" / "servicekit", tmp_path / "platform" / "servicekit")
    words = ("--owner", "ann", "--domain", "edge", "--summary", 'Greets "people": by name \\o/.')
    first = run(tmp_path, "new", "greeter", *words)
    assert first.returncode == 0, first.stderr
    assert "next: platform check, then platform deploy greeter" in first.stdout
    second = run(tmp_path, "new", "front-door", *words, "--calls", "greeter")
    assert second.returncode == 0, second.stderr
    done = run(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, "2 services, 1 call: nothing found\n")
    assert "port: 8081" in (tmp_path / "manifests" / "front-door.yaml").read_text()
    for file in sorted((tmp_path / "services").rglob("*.py")):
        compile(file.read_text(), str(file), "exec")
    json.loads((tmp_path / "services" / "greeter" / "openapi.json").read_text())


def test_new_overwrites_nothing_and_names_what_is_missing(root: Path) -> None:
    words = ("--owner", "ann", "--domain", "core", "--summary", "x")
    assert "there is a id already" in run(root, "new", "id", *words).stderr
    assert "servicekit is not in platform/servicekit" in run(root, "new", "other", *words).stderr
    assert "did you mean ann?" in run(root, "new", "other", "--owner", "anne", *words[2:]).stderr
    assert "--owner is missing" in run(root, "new", "other").stderr
    assert "'Other' cannot be used" in run(root, "new", "Other", *words).stderr
    assert sorted(path.name for path in root.iterdir()) == ["manifests"]
