"""The command's front door: every command explains itself, and says every obvious mistake in one message."""

import subprocess
import sys
from pathlib import Path

import pytest

from oneway.cli.main import COMMANDS, ELSEWHERE


def platform(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps_with_an_example(name: str, tmp_path: Path) -> None:
    done = platform(name, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"platform {name}" in done.stdout
    assert "Example" in done.stdout


def test_version_loads_nothing_heavy() -> None:
    run = "sys.argv = ['platform', '--version']; from oneway.cli.main import main; main()"
    code = f"import sys; {run}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version.startswith("oneway ")
    heavy = {
        "typer",
        "msgspec",
        "yaml",
        "yaml_rs",
        "requests",
        "networkx",
        "jinja2",
        "kubernetes",
        "aiohttp",
        "asyncio",
        "fastapi",
        "prometheus_client",
        "pydantic",
        "re2",
        "uvicorn",
        "wasmtime",
    }
    assert heavy & set(modules.split()) == set()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("deplyo",), 2, "deploy"),
        (("check",), 2, "no folder manifests/"),
        (("check", "--manifests", "nowhere"), 2, "nowhere is not a folder"),
        (("check", "--no-such-option"), 2, "--no-such-option"),
        (("deploy", "id"), 2, "no folder manifests/"),
        (("render-graph",), 2, "no folder manifests/"),
        (("generate",), 2, "no folder manifests/"),
        (("smoke", "id"), 2, "no folder manifests/"),
        (("status",), 2, "no folder manifests/"),
    ],
)
def test_obvious_mistakes(arguments: tuple[str, ...], status: int, says: str, tmp_path: Path) -> None:
    done = platform(*arguments, cwd=tmp_path)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["check", "render-graph", "generate", "status", "smoke"])
def test_an_unknown_environment_is_named(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "platform.yaml").write_text(
        "apiVersion: oneway/v1\nplatform: p\nenvironments: {local: {target: local}}\n"
    )
    done = platform(command, "--env", "moon", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "environment moon is not declared in manifests/platform.yaml" in done.stderr
    assert "local" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("schema", "-o"),
        ("render-graph", "-o"),
        ("check", "--write-baseline", "--baseline"),
        ("import", "docker-compose.yml", "-o"),
        ("generate", "-o"),
    ],
    ids=lambda each: each[0],
)
def test_what_cannot_be_written_is_no_bug(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """`taken` is a file, so that nothing can be written below it, whoever asks."""
    (tmp_path / "taken").write_text("")
    (tmp_path / "docker-compose.yml").write_text("services: {web: {image: 'nginx:1.25.0'}}\n")
    assert platform("import", "docker-compose.yml", cwd=tmp_path).returncode == 0
    system = tmp_path / "manifests/platform.yaml"
    system.write_text(system.read_text().replace("{local: {target: local}}", "{prod: {target: kubernetes}}"))
    done = platform(*arguments, "taken/deep/x.svg", cwd=tmp_path)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "cannot be" in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("explain", "schema", "init", "doctor")])
def test_every_command_in_an_empty_folder_says_what_to_do(command: str, tmp_path: Path) -> None:
    needed = {"why": ("a", "b"), "import": ("x.yml",), "drift": ("x.yml",)}
    words = needed.get(command, ("web",) if command not in ("check", "render-graph", "generate", "monitor") else ())
    done = platform(command, *words, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "error: " in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_word_of_another_tool_leads_to_ours(tmp_path: Path) -> None:
    done = platform("ps", "-a", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `platform status`?" in done.stderr
    assert all(command.split()[0] in COMMANDS or command.startswith("--") for command in ELSEWHERE.values())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\n", "this is a Kubernetes StatefulSet"),
        ("apiVersion: v1\nkind: Service\nspec: {}\n", "this is a Kubernetes Service"),
        ("services: {web: {image: nginx}}\n", "this is a compose file"),
        ("version: '3'\nservices:\n  web: {build: .}\n", "this is a compose file"),
    ],
)
def test_a_file_of_another_tool_among_manifests_is_one_finding(content: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/platform.yaml").write_text("apiVersion: oneway/v1\nplatform: p\n")
    (tmp_path / "manifests/other.yaml").write_text(content)
    done = platform("check", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("manifests/other.yaml") == 1
    assert says in done.stdout
    assert "platform import" in done.stdout
