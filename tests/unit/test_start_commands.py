"""`platform init`, `doctor`, completion and help, as somebody types them who has just installed the tool."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from oneway.application.extras import EXTRAS, install_command
from oneway.cli.output.lines import tell
from oneway.errors import MissingExtra

COMPOSE = """
services:
  shop: {build: shop, ports: ["8000:8000"], environment: {STOCK_URL: "http://stock:9000"}}
  stock: {image: "example/stock:1.2.3", expose: ["9000"]}
"""


def run(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    known = {**os.environ, **environ}
    return subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A repository that has never heard of Oneway: a compose file, and code that it does not mention."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    for name in ("shop", "mailer", "node_modules/other"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\nexpose 7000/tcp\n")
    return tmp_path


def test_init_drafts_checks_draws_and_names_three_decisions(foreign: Path) -> None:
    done = run(foreign, "init", "--name", "shop")
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (foreign / "manifests").iterdir()}
    assert names == {"platform.yaml", "shop.yaml", "stock.yaml", "mailer.yaml", "oneway.schema.json"}
    for name in sorted(names):
        assert f"wrote manifests/{name}\n" in done.stdout
    assert "wrote architecture.svg\n" in done.stdout
    assert "mailer" in (foreign / "architecture.svg").read_text()
    assert "port: 7000" in (foreign / "manifests/mailer.yaml").read_text()
    assert "3 services and 1 call, from docker-compose.yml, mailer/Dockerfile" in done.stdout
    decisions = done.stdout.partition("Decide next:\n")[2].splitlines()
    assert [each[:5] for each in decisions] == ["  1. ", "  2. ", "  3. "]
    assert run(foreign, "check").returncode in (0, 1)
    assert (
        (foreign / "manifests/shop.yaml").read_text().startswith("# yaml-language-server: $schema=oneway.schema.json\n")
    )


def test_init_works_below_the_root_and_without_git(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    assert run(tmp_path, "init").returncode == 0
    assert (tmp_path / "manifests/stock.yaml").is_file()
    subprocess.run(["git", "init", "-q", str(tmp_path / "other")], check=True, timeout=60)
    (tmp_path / "other/deep").mkdir()
    done = run(tmp_path / "other/deep", "init")
    assert done.returncode == 0
    assert "the system is empty" in done.stdout
    assert (tmp_path / "other/manifests/platform.yaml").is_file()


def test_init_touches_nothing_that_is_there(foreign: Path) -> None:
    (foreign / "architecture.svg").write_text("mine")
    assert run(foreign, "init").returncode == 0
    assert (foreign / "architecture.svg").read_text() == "mine"
    again = run(foreign, "init")
    assert (again.returncode, again.stdout) == (2, "")
    assert "has manifests already" in again.stderr
    shutil.rmtree(foreign / "manifests")
    (foreign / "manifests").mkdir()
    (foreign / "manifests/deployment.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\n")
    taken = run(foreign, "init")
    assert taken.returncode == 2
    assert "git mv manifests deploy" in taken.stderr
    assert [path.name for path in (foreign / "manifests").iterdir()] == ["deployment.yaml"]


def test_doctor_says_what_is_wrong_and_what_mends_it(foreign: Path) -> None:
    assert run(foreign, "init").returncode == 0
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        manifest = foreign / "manifests/stock.yaml"
        manifest.write_text(manifest.read_text().replace("9000", str(port)))
        done = run(foreign, "doctor")
        assert done.returncode == 1
        assert f"port {port}" in done.stdout
        assert f"`lsof -i :{port}` tells which" in done.stdout
    said = json.loads(run(foreign, "doctor", "--format", "json").stdout)
    (found,) = [each for each in said["found"] if each["subject"] == f"port {port}"]
    assert found["condition"] == "good"
    assert {"oneway", "git", "dot", "container engine", "disk", *EXTRAS} <= {each["subject"] for each in said["found"]}


def test_doctor_works_where_there_is_nothing_yet(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 0, done.stderr
    assert "hint: manifests: " in done.stdout
    assert run(tmp_path, "doctor", "--manifests", "nowhere").returncode == 1


def test_doctor_without_a_program_says_what_it_is_for(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "hint: git: install git" in done.stdout


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_extra_is_told_with_a_command_that_works_here(extra: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell(MissingExtra("something is missing", extra))
    command = install_command(extra)
    assert command in capsys.readouterr().err
    assert command.split()[0] == sys.executable
    assert "==" in command.rpartition(" ")[2]
    done = subprocess.run([*command.split(), "--dry-run"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("platform do", ["doctor"]),
        ("platform deploy st", ["stock"]),
        ("platform why shop sto", ["stock"]),
        ("platform explain call-c", ["call-cycle"]),
        ("platform check --env lo", ["local"]),
        ("platform deploy --manifests nowhere s", []),
        ("platform rollback stock --to 1", []),
    ],
)
def test_a_shell_completes_names(foreign: Path, typed: str, offered: list[str]) -> None:
    assert run(foreign, "init").returncode == 0
    completing = {"_PLATFORM_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    program = "import sys; sys.argv = ['platform']; from oneway.cli.main import main; main()"
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=foreign, env={**os.environ, **completing}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == offered, done.stderr
    assert "Traceback" not in done.stderr


def test_help_is_a_word_too(tmp_path: Path) -> None:
    assert run(tmp_path, "help", "check").stdout == run(tmp_path, "check", "--help").stdout
    assert run(tmp_path, "help").stdout == run(tmp_path, "--help").stdout
    near = run(tmp_path, "chekc")
    assert near.returncode == 2
    assert "did you mean `platform check`?" in near.stderr
