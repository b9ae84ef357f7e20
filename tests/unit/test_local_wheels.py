"""What a service pins and no index has is found in the folders of wheels that go into its build."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from oneway.model import Build
from oneway.targets.base import TargetError
from oneway.targets.local.builds.builds import Builds
from oneway.targets.local.state.home import Home


def wheel(folder: Path, name: str) -> str:
    """A wheel of one module, which says its name; returns the line that pins it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-1.0-py3-none-any.whl"
    metadata = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as content:
        content.writestr(f"{name}.py", f"NAME = {name!r}\n")
        content.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        content.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        content.writestr(f"{metadata}/RECORD", f"{name}.py,,\n{metadata}/METADATA,,\n{metadata}/WHEEL,,\n")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


BUILD = Build(path="app", runtime="python3.11")


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build whose packages are in two folders of wheels, on a machine without any network."""
    for name in ("UV_OFFLINE", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    snapshot = tmp_path / "snapshot"
    pins = wheel(snapshot / "include/wheels", "nobody_has_one") + wheel(
        snapshot / "include/lib/wheels", "nobody_has_two"
    )
    (snapshot / "app").mkdir()
    (snapshot / "app/requirements.txt").write_text(pins)
    return snapshot


def test_pinned_wheels_are_installed_offline(snapshot: Path, tmp_path: Path) -> None:
    environment = Builds(Home(tmp_path / "home")).environment(snapshot, BUILD, lambda _: None)
    found = sorted(path.name for path in Path(environment.folder).rglob("nobody_has_*.py"))
    assert found == ["nobody_has_one.py", "nobody_has_two.py"]


def test_a_wheel_with_other_bytes_than_pinned_is_refused(snapshot: Path, tmp_path: Path) -> None:
    wheel(snapshot / "include/wheels", "nobody_has_one")
    file = snapshot / "include/wheels/nobody_has_one-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "a") as content:
        content.writestr("more.py", "")
    with pytest.raises(TargetError, match="cannot be installed"):
        Builds(Home(tmp_path / "home")).environment(snapshot, BUILD, lambda _: None)


def test_what_no_folder_of_that_name_has_is_not_found(snapshot: Path, tmp_path: Path) -> None:
    (snapshot / "include/wheels").rename(snapshot / "include/others")
    with pytest.raises(TargetError, match="nobody-has-one"):
        Builds(Home(tmp_path / "home")).environment(snapshot, BUILD, lambda _: None)
