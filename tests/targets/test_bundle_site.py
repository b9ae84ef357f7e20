"""A site without a network: one file brings the tool, the services and their packages, and the same gate."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import asked

from oneway.application.bundles.make_bundle import Packers, make_bundle
from oneway.application.bundles.open_bundle import COMMAND
from oneway.application.bundles.pack_tool import pack_tool
from oneway.application.read_manifests import read_system
from oneway.cli.commands.bundle import PROGRAM
from oneway.errors import OnewayError
from oneway.targets.local.builds.pack_packages import pack_packages

pytestmark = pytest.mark.timeout(600)
PLAIN_PYTHON = getattr(sys, "_base_executable", sys.executable)
PACKAGE = "colorama==0.4.6 --hash=sha256:4f1d9991f5acc0ca119f9d443620b77f9d6b33703e51011c16baf57afb285fc6\n"
Maker = Callable[..., Path]


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of this very tool, packed once."""
    folder = tmp_path_factory.mktemp("tool")
    pack_tool(folder, lambda text: None)
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Where bundles are made: one service with a package from an index, and files beside its build."""
    found = Checkout(tmp_path_factory.mktemp("made"))
    write(found, "1.0.0")
    platform = found.root / "manifests/platform.yaml"
    environments = "environments: {local: {target: local}, site: {target: local}, cloud: {target: kubernetes}}"
    platform.write_text(platform.read_text().replace("environments: {local: {target: local}}", environments))
    return found


def write(checkout: Checkout, version: str, mode: str = "good", **fields: Any) -> None:
    (checkout.root / "files").mkdir(exist_ok=True)
    (checkout.root / "files/settings.toml").write_text("greeting = 'hello'\n")
    checkout.write("id", version, mode, config={"settings.toml": "files/settings.toml"}, **fields)
    (checkout.root / "services/id/requirements.txt").write_text(PACKAGE)
    program = checkout.root / "services/id/tiny_service.py"
    if "import colorama" not in program.read_text():
        program.write_text(f"import colorama\n{program.read_text()}")
    (checkout.root / "services/id/run.sh").write_text("#!/bin/sh\n")
    (checkout.root / "services/id/run.sh").chmod(0o755)


@pytest.fixture(scope="module")
def make(tool: Path, checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Makes a bundle of the checkout as it is; the tool in it is this one."""

    def run(name: str = "shop.bundle", key: Path | None = None, environment: str = "site") -> Path:
        output = tmp_path_factory.mktemp("bundle") / name
        packers = Packers(PROGRAM, lambda into, say: copy_all(tool, into), pack_packages)
        make_bundle(read_system(checkout.root / "manifests", environment), output, key, packers, lambda text: None)
        return output

    return run


def copy_all(source: Path, target: Path) -> None:
    for each in source.iterdir():
        os.link(each, target / each.name)


@pytest.fixture(scope="module")
def bundle(make: Maker) -> Path:
    return make()


@pytest.fixture(scope="module")
def opened(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that the bundle was opened into once; tests take copies."""
    folder = tmp_path_factory.mktemp("opened") / "site"
    done = open_plainly(bundle, folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"next: cd {folder} && {COMMAND} deploy --all\n")
    return folder


def plain() -> dict[str, str]:
    """Nothing of this checkout, and no settings of pip or uv."""
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LANG": "C.UTF-8"}


def open_plainly(bundle: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [PLAIN_PYTHON, str(bundle), str(folder), *words]
    return subprocess.run(command, env=plain(), capture_output=True, text=True, timeout=300, check=False)


class Site:
    """The folder of a site, and its own command."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = [str(self.root / COMMAND), *words]
        return subprocess.run(
            command, cwd=self.root, env=plain(), capture_output=True, text=True, timeout=280, check=False
        )

    def version(self) -> str:
        told = json.loads(self.run("status", "--format", "json").stdout)
        address = next(each for each in told["services"] if each["service"] == "id")["addresses"]["http"]
        return asked(address)


@pytest.fixture
def running(opened: Path) -> Iterator[Site]:
    found = Site(opened)
    yield found
    found.run("stop", "--all")


def test_the_same_inputs_make_the_same_bytes(bundle: Path, make: Maker, tool: Path, tmp_path: Path) -> None:
    assert make().read_bytes() == bundle.read_bytes()
    pack_tool(tmp_path, lambda text: None)
    names = sorted(each.name for each in tool.iterdir())
    assert sorted(each.name for each in tmp_path.iterdir()) == names
    assert all((tmp_path / name).read_bytes() == (tool / name).read_bytes() for name in names)


def test_what_is_no_part_of_a_service_stays_at_home(bundle: Path, opened: Path, checkout: Checkout) -> None:
    names = zipfile.ZipFile(bundle).namelist()
    assert not [each for each in names if ".platform" in each or ".git/" in each]
    assert (opened / "files/settings.toml").read_text() == "greeting = 'hello'\n"
    assert os.access(opened / "services/id/run.sh", os.X_OK)
    assert not os.access(opened / "services/id/tiny_service.py", os.X_OK)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"#!/bin/sh\n" * 1000])
def test_what_is_no_bundle_is_told(content: bytes, opened: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.bundle"
    file.write_bytes(content)
    done = Site(opened).run("deploy", "--all", "--from", str(file))
    assert done.returncode == 1
    assert f"{file} is not a whole bundle" in done.stderr
    missing = Site(opened).run("deploy", "--all", "--from", str(tmp_path / "none"))
    assert "there is no file" in missing.stderr


def test_a_checkout_is_not_written_over(checkout: Checkout, bundle: Path) -> None:
    done = checkout.run("deploy", "--all", "--from", str(bundle))
    assert done.returncode == 2
    assert "was not laid out from a bundle" in done.stderr


def test_packages_that_no_index_has_are_named(checkout: Checkout, make: Maker) -> None:
    lock = checkout.root / "services/id/requirements.txt"
    lock.write_text("colorama==0.4.6 --hash=sha256:" + "0" * 64 + "\n")
    try:
        with pytest.raises(OnewayError, match="the packages of id cannot be packed"):
            make()
    finally:
        lock.write_text(PACKAGE)


def test_a_site_is_deployed_upgraded_and_rolled_back_behind_the_gate(
    running: Site, checkout: Checkout, make: Maker
) -> None:
    first = running.run("deploy", "--all")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "environment site" in running.run("status").stdout
    assert running.version() == "1.0.0"
    write(checkout, "1.1.0")
    better = running.run("deploy", "--all", "--from", str(make()))
    assert better.returncode == 0, better.stdout + better.stderr
    assert running.version() == "1.1.0"
    write(checkout, "1.2.0", mode="wrong")
    worse = running.run("deploy", "id", f"--from={make()}")
    assert worse.returncode == 1, worse.stdout + worse.stderr
    assert running.version() == "1.1.0"
    assert running.run("rollback", "id").returncode == 0
    assert running.version() == "1.0.0"
    write(checkout, "1.0.0")
