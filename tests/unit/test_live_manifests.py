"""A monitor that runs for weeks follows its manifests, and a file that somebody is in the middle of ends nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from oneway.application.live_manifests import LiveManifests
from oneway.application.read_manifests import read_deployed, require_sound
from oneway.model import System

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"


def service(name: str, calls: str = "") -> str:
    return (
        f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\n"
        f"endpoints: [{{name: http, port: 8000}}]\ncalls: [{calls}]\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "manifests"
    made.mkdir()
    for name, text in (("platform", PLATFORM), ("shop", service("shop"))):
        (made / f"{name}.yaml").write_text(text)
    return made


def read(folder: Path) -> Callable[[], System]:
    return lambda: require_sound(read_deployed(folder, None))


def test_services_come_go_and_change(folder: Path) -> None:
    found = LiveManifests(folder, read(folder)(), read(folder))
    before = found.look()
    assert found.look() is before, "what did not change is not read again"
    (folder / "deep").mkdir()
    (folder / "deep/cart.yml").write_text(service("cart"))
    assert sorted(found.look().services) == ["cart", "shop"]
    (folder / "shop.yaml").write_text(service("shop", "{to: cart}"))
    assert [each.to for each in found.look().services["shop"].calls] == ["cart"]
    (folder / "shop.yaml").unlink()
    assert sorted(found.look().services) == ["cart"]
    assert found.fault == ""


@pytest.mark.parametrize(
    "broken", ["apiVersion: oneway/v1\nservice: sh", "\tx", "", "service: shop\nversion: {}", "\x00"]
)
def test_what_cannot_be_used_is_said_and_what_was_known_goes_on(broken: str, folder: Path) -> None:
    found = LiveManifests(folder, read(folder)(), read(folder))
    before = found.system
    (folder / "shop.yaml").write_text(broken)
    assert found.look() is before
    assert "the manifests cannot be used as they are now" in found.fault
    (folder / "shop.yaml").write_text(service("shop", "").replace("1.0.0", "1.0.1"))
    assert found.look().services["shop"].version == "1.0.1"
    assert found.fault == ""


def test_files_of_the_same_size_and_a_folder_that_is_gone(folder: Path) -> None:
    found = LiveManifests(folder, read(folder)(), read(folder))
    file = folder / "shop.yaml"
    about = file.stat()
    file.write_text(service("shop").replace("1.0.0", "2.0.0"))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns + 1))
    assert found.look().services["shop"].version == "2.0.0"
    folder.rename(folder.with_name("elsewhere"))
    assert found.look().services["shop"].version == "2.0.0"
    assert found.fault
