"""What users install: complete, from one version, and the same bytes wherever it is built."""

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from oneway import __version__
from oneway.application.servicekit_wheel import build_servicekit

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = ROOT / "platform"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool's wheel, built from a copy of its folder with the packages that are here."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "docs", ".*_cache")
    shutil.copytree(PLATFORM, folder / "platform", ignore=ignored)
    command = [sys.executable, "-c", "from setuptools.build_meta import build_wheel; build_wheel('..')"]
    done = subprocess.run(command, cwd=folder / "platform", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("oneway-*.whl"))


def test_the_wheel_has_every_file_of_the_tool_and_servicekit(wheel: Path) -> None:
    files = {
        path.relative_to(PLATFORM).as_posix()
        for path in (PLATFORM / "oneway").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.endswith(".pyc")
    }
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    assert files - names == set()
    assert [name for name in names if re.fullmatch(r"oneway/wheels/oneway_servicekit-.*\.whl", name)]
    assert "oneway/wheels/requirements.txt" in names


def test_servicekit_is_the_same_bytes_in_the_wheel_and_in_a_checkout(wheel: Path, tmp_path: Path) -> None:
    mine = build_servicekit(PLATFORM / "servicekit", tmp_path / "one")
    with zipfile.ZipFile(wheel) as content:
        bundled = content.read(f"oneway/wheels/{mine.name}")
    assert hashlib.sha256(bundled).hexdigest() == hashlib.sha256(mine.read_bytes()).hexdigest()
    again = build_servicekit(PLATFORM / "servicekit", tmp_path / "two")
    assert again.read_bytes() == mine.read_bytes()


def test_a_folder_that_is_no_servicekit_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    with pytest.raises(RuntimeError, match=r"\w"):
        build_servicekit(tmp_path, tmp_path / "out")


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((PLATFORM / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert "version" in project["dynamic"]
    assert version("oneway") == __version__
    kit = tomllib.loads((PLATFORM / "servicekit/pyproject.toml").read_text())["project"]
    code = "".join(path.read_text() for path in (PLATFORM / "servicekit/servicekit").rglob("*.py"))
    assert kit["version"] not in re.findall(r'"(\d+\.\d+\.\d+)"', code)


def test_what_builds_the_wheel_is_what_a_checkout_has() -> None:
    """Another setuptools could make other bytes of servicekit, and services pin them by hash."""
    declared = tomllib.loads((PLATFORM / "pyproject.toml").read_text())
    assert declared["build-system"]["requires"] == declared["project"]["optional-dependencies"]["checkout"]
