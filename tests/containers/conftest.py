"""Real images for the tests: a container engine set up for this machine, and base images made without any registry.

Needs root, podman, runc and debootstrap (Debian's packages). ONEWAY_TEST_MIRROR names a registry's prefix instead of
the base that debootstrap makes, as in docker.io/library/.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_calls import podman

BASE = "localhost/oneway-base/python:3.11-slim"
LOCAL_MIRROR = "localhost/oneway-base/"
RELEASE = "bookworm"
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates"
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="session", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """podman with limits that this machine allows, and with runc where it is."""
    if shutil.which("podman") is None:
        pytest.fail("these tests need podman: apt-get install podman runc debootstrap")
    limits = {
        name: min(resource.getrlimit(kind)[1] % (1 << 62), most)
        for name, kind, most in (("nofile", resource.RLIMIT_NOFILE, 1024), ("nproc", resource.RLIMIT_NPROC, 4096))
    }
    written = ", ".join(f'"{name}={limit}:{limit}"' for name, limit in limits.items())
    runtime = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\n' if shutil.which("runc") else ""
    file = tmp_path_factory.mktemp("engine") / "containers.conf"
    file.write_text(f"[containers]\ndefault_ulimits = [{written}]\n{runtime}")
    before = os.environ.get("CONTAINERS_CONF")
    os.environ["CONTAINERS_CONF"] = str(file)
    yield
    os.environ.pop("CONTAINERS_CONF")
    if before is not None:
        os.environ["CONTAINERS_CONF"] = before


@pytest.fixture(scope="session")
def mirror(engine: None) -> str:
    """Where base images come from; made once per machine."""
    named = os.environ.get("ONEWAY_TEST_MIRROR")
    if named:
        return named
    if podman("image", "exists", BASE, check=False).returncode:
        with tempfile.TemporaryDirectory(prefix="oneway-base-") as folder:
            _bootstrap(Path(folder))
            archive = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)
            subprocess.run(["podman", "import", "-q", "-", BASE], stdin=archive.stdout, check=True, capture_output=True)
            assert archive.wait() == 0
    return LOCAL_MIRROR


def _bootstrap(folder: Path) -> None:
    """A minimal Debian with Python, that trusts and asks whom this machine trusts and asks."""
    if os.geteuid() or shutil.which("debootstrap") is None:
        pytest.fail("without ONEWAY_TEST_MIRROR these tests need root and debootstrap for a base image")
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = sorted(set(asked.stdout.split()))[:1]
    program = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(folder), *site]
    subprocess.run(program, capture_output=True, timeout=900, check=True)
    shutil.copy("/" + CERTIFICATES, folder / CERTIFICATES)
    index = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    ).stdout.strip()
    index = os.environ.get("PIP_INDEX_URL", index)
    lines = ["[global]", f"cert = /{CERTIFICATES}", *([f"index-url = {index}"] if index else [])]
    (folder / "etc/pip.conf").write_text("\n".join(lines) + "\n")
    for each in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(folder / each)
        (folder / each).mkdir()
