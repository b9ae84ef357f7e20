"""`platform impact`, `why`, `explain`, `schema` and `new`, as they are typed."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
import zipfile
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
        "  manifests/gateway.yaml:7:9: gateway calls caption, 1s × 2",
        "  manifests/caption.yaml:7:9: caption calls id, 1s × 1",
        "gateway -> id  (degraded without it; one request becomes up to 1)",
        "  manifests/gateway.yaml:7:36: gateway calls id, 1s × 1",
    ]
    back = run(root, "why", "id", "gateway")
    assert (back.returncode, back.stdout) == (1, "id does not reach gateway\n")


def test_a_misspelt_service_and_rule(root: Path) -> None:
    wrong = run(root, "impact", "captoin")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "error: there is no service captoin\n  hint: did you mean caption?\n"
    assert "hint: did you mean call-cycle?\n" in run(root, "explain", "call-cycel").stderr
    said = run(root, "explain", "timeout")
    assert (said.returncode, said.stderr.splitlines()[1]) == (2, "  hint: did you mean timeout-budget?")


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


WORDS = ("--owner", "ann", "--domain", "edge", "--summary", 'Greets "people": by name \\o/.')


def test_new_starts_an_empty_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    first = run(tmp_path, "new", "greeter", *WORDS)
    assert first.returncode == 0, first.stderr
    assert "wrote manifests/platform.yaml\n" in first.stdout
    assert "next: platform check, then platform deploy greeter" in first.stdout
    second = run(tmp_path, "new", "front-door", *WORDS, "--calls", "greeter")
    assert second.returncode == 0, second.stderr
    assert "platform/servicekit/" not in second.stdout
    done = run(tmp_path, "check")
    assert (done.returncode, done.stdout) == (0, "2 services, 1 call: nothing found\n")
    assert "local: {target: local}" in (tmp_path / "manifests" / "platform.yaml").read_text()
    assert "port: 8081" in (tmp_path / "manifests" / "front-door.yaml").read_text()
    for file in sorted((tmp_path / "services").rglob("*.py")):
        compile(file.read_text(), str(file), "exec")
    json.loads((tmp_path / "services" / "greeter" / "openapi.json").read_text())
    readme = (tmp_path / "services" / "greeter" / "README.md").read_text()
    assert readme.index("install --find-links ../../wheels") < readme.index(".venv/bin/python -m servicekit")


def test_new_brings_servicekit_as_a_wheel_that_the_service_pins(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    first = run(tmp_path, "new", "greeter", *WORDS)
    (wheel,) = (tmp_path / "wheels").iterdir()
    assert f"wrote wheels/{wheel.name}\n" in first.stdout
    kit = ROOT / "platform" / "servicekit" / "servicekit"
    with zipfile.ZipFile(wheel) as content:
        for file in sorted(kit.glob("*.py")):
            assert content.read(f"servicekit/{file.name}") == file.read_bytes()
    home = tmp_path / "services" / "greeter"
    version = wheel.name.split("-")[1]
    assert (home / "requirements.in").read_text() == f"oneway-servicekit=={version}\n"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f"oneway-servicekit=={version} \\\n    --hash=sha256:{digest}\n" in (home / "requirements.txt").read_text()
    assert "include: [wheels]" in (tmp_path / "manifests" / "greeter.yaml").read_text()
    wheel.write_bytes(wheel.read_bytes() + b"as the team keeps it")
    second = run(tmp_path, "new", "other", *WORDS)
    assert "wrote wheels/" not in second.stdout
    mine = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert mine != digest
    assert f"sha256:{mine}" in (tmp_path / "services" / "other" / "requirements.txt").read_text()


def test_new_writes_the_schema_and_the_line_by_which_editors_find_it(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    assert run(tmp_path, "new", "greeter", *WORDS).returncode == 0
    for name in ("greeter.yaml", "platform.yaml"):
        first = (tmp_path / "manifests" / name).read_text().partition("\n")[0]
        assert first == "# yaml-language-server: $schema=oneway.schema.json"
    assert run(tmp_path, "schema", "--verify", "manifests/oneway.schema.json").returncode == 0


CALLEES = {
    "plain": ("http", "[{name: a, request: {method: POST, path: /a}}, {name: b, request: {path: /b?n=1}}]"),
    "two-words": ("http", "[{name: a, request: {path: /}}]"),
    "class": ("http", "[{name: a, request: {path: /}}]"),
    "posts": ("http", "[{name: a, request: {method: POST, path: /a}}]"),
    "keyed": ("http", "[{name: a, request: {path: /a, headers: {X-Key: k}}}]"),
    "refuses": ("http", "[{name: a, request: {path: /a}, expect: {status: 404}}]"),
    "filled": ("http", "[{name: a, request: {path: '/a/${id}'}}]"),
    "quoted": ("http", """[{name: a, request: {path: '/"\\'}}]"""),
    "beside": ("http", "[{name: a, request: {path: /a, endpoint: other}}]"),
    "l" * 50: ("http", "[{name: a, request: {path: /a}}]"),
    "store": ("tcp", "[]"),
}
ASKED = {"plain": "/b?n=1", "two-words": "/", "class": "/"}


def test_new_shows_how_each_declared_call_is_made(root: Path) -> None:
    for name, (protocol, smoke) in CALLEES.items():
        text = f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\nendpoints:\n"
        text += f"  - {{name: first, port: 80, protocol: {protocol}}}\n  - {{name: other, port: 81}}\nsmoke: {smoke}\n"
        (root / "manifests" / f"{name}.yaml").write_text(text)
    calls = [word for name in (*CALLEES, "plain") for word in ("--calls", name)]
    outside = ("--servicekit", str(ROOT / "platform" / "servicekit"))
    words = ("--owner", "ann", "--domain", "core", "--summary", "x", *outside)
    assert run(root, "new", "caller", *words, *calls).returncode == 0
    folder = root / "services" / "caller"
    app = (folder / "caller_service" / "app.py").read_text()
    document = json.loads((folder / "openapi.json").read_text())
    manifest = (root / "manifests" / "caller.yaml").read_text()
    for name, (protocol, _) in CALLEES.items():
        known = name in ASKED
        request = f'answer = await calls.request("{name}", "GET", "{ASKED.get(name, "/…")}")\n'
        assert app.count(("        " if known else "#     ") + request) == (protocol == "http"), name
        assert (f"/v1/from/{name}" in document["paths"]) == known, name
        assert (f"{{to: {name}, timeout: 1s, required: false}}" in manifest) == known, name
    assert '#     address = calls.declared("store").url\n' in app
    config = str(ROOT / "platform" / "pyproject.toml")
    for command in (("check",), ("format", "--check")):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", config, str(folder)]
        done = subprocess.run(ruff, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout


def test_new_without_calls_makes_none(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    assert run(tmp_path, "new", "greeter", *WORDS).returncode == 0
    app = (tmp_path / "services" / "greeter" / "greeter_service" / "app.py").read_text()
    assert "from servicekit import Service, Settings\n" in app
    assert "calls" not in app.lower()


def test_new_takes_servicekit_from_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine" / ".git").mkdir(parents=True)
    shutil.copytree(ROOT / "platform" / "servicekit", tmp_path / "mine" / "libraries" / "kit")
    inside = tmp_path / "mine" / "libraries" / "kit"
    assert run(tmp_path / "mine", "new", "one", *WORDS, "--servicekit", str(inside)).returncode == 0
    assert "include: [libraries/kit]" in (tmp_path / "mine" / "manifests" / "one.yaml").read_text()
    outside = str(ROOT / "platform" / "servicekit")
    assert run(tmp_path / "mine", "new", "two", *WORDS, "--servicekit", outside).returncode == 0
    assert "include: [platform/servicekit]" in (tmp_path / "mine" / "manifests" / "two.yaml").read_text()
    again = run(tmp_path / "mine", "new", "three", *WORDS, "--servicekit", outside)
    assert "leave --servicekit away to build on it" in again.stderr
    assert run(tmp_path / "mine", "check").stdout == "2 services, 0 calls: nothing found\n"


def test_new_outside_a_repository_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "new", "greeter", *WORDS)
    assert done.returncode == 2
    assert "or make one here with `git init`" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_overwrites_nothing_and_names_what_is_missing(root: Path) -> None:
    words = ("--owner", "ann", "--domain", "core", "--summary", "x")
    (root / "manifests" / "bad.yaml").write_text("service: bad\nowner: 1\n")
    assert "error: id exists already: manifests/id.yaml\n" in run(root, "new", "id").stderr
    assert "error: bad exists already: manifests/bad.yaml\n" in run(root, "new", "bad").stderr
    assert "servicekit is not in lib/kit" in run(root, "new", "other", *words, "--servicekit", "lib/kit").stderr
    assert "did you mean ann?" in run(root, "new", "other", "--owner", "anne").stderr
    assert "domain cor is not declared" in run(root, "new", "other", *words[:2], "--domain", "cor").stderr
    assert "--owner is missing" in run(root, "new", "other").stderr
    assert "'Other' cannot be used" in run(root, "new", "Other", *words).stderr
    assert sorted(path.name for path in root.iterdir()) == ["manifests"]


def test_new_asks_with_the_names_that_are_known(root: Path) -> None:
    shown = dialogue(root, ["new", "other"], "\n\n\n")
    assert "Who keeps it running (ann) [ann]: " in shown
    assert "Its domain (core) [core]: " in shown
    assert "What it does, in one sentence [Says what other knows.]: " in shown


def test_new_says_what_is_wrong_with_an_answer_and_asks_again(root: Path) -> None:
    kit = ["--servicekit", str(ROOT / "platform" / "servicekit")]
    shown = dialogue(root, ["new", "other", *kit], "anne\nA B\nann\nmoon\ncore\nodd\u202e\nSays x.\n")
    assert "error: owner anne is not declared\n  hint: did you mean ann?\n" in shown
    assert "error: 'A B' cannot be used\n" in shown
    assert "error: domain moon is not declared\n  hint: declared: core; add it to manifests/platform.yaml\n" in shown
    assert "hint: a summary is one line of text\n" in shown
    assert [shown.count(each) for each in ("Who keeps", "Its domain", "What it does")] == [3, 2, 2]
    assert 'owner: ann\ndomain: core\nsummary: "Says x."\n' in (root / "manifests" / "other.yaml").read_text()


def test_new_asks_no_more_after_a_wrong_option_or_where_no_answer_is_right(root: Path) -> None:
    shown = dialogue(root, ["new", "other", "--owner", "anne"], "ann\n")
    assert "owner anne is not declared" in shown
    assert "Who keeps" not in shown
    (root / "manifests" / "platform.yaml").write_text(PLATFORM.replace("{ann: {}}", "{}"))
    shown = dialogue(root, ["new", "other"], "ann\nann\n")
    assert shown.count("Who keeps") == shown.count("owner ann is not declared") == 1


def test_new_ends_when_there_are_no_more_answers(root: Path) -> None:
    shown = dialogue(root, ["new", "other"], "anne\n\x04")
    assert shown.count("Who keeps") == 2
    assert shown.endswith("Aborted!\n")
    assert sorted(path.name for path in root.iterdir()) == ["manifests"]


def dialogue(root: Path, arguments: list[str], typed: str) -> str:
    """What is shown on a terminal to somebody who types that."""
    keyboard, terminal = pty.openpty()
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    with subprocess.Popen(command, cwd=root, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as tool:
        os.close(terminal)
        os.write(keyboard, typed.encode())
        shown, _ = tool.communicate(timeout=120)
    os.close(keyboard)
    return shown.decode()
