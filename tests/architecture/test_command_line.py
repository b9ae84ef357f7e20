"""The command's front door: every command explains itself, and says every obvious mistake in one message."""

import subprocess
import sys
from pathlib import Path

import pytest

from oneway.cli.main import COMMANDS


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
