"""Schemathesis asks everything that a description allows and much that it does not, with all its checks: 0 failures."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_process import REPOSITORY, Running, running

SECONDS = 15


def judged(service: Running, description: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("st")), "run", "--checks", "all", "--max-time", str(SECONDS)]
    command += ["--no-color", "--seed", "1", "--url", service.url, str(description)]
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False)


def check(service: Running, name: str, folder: Path) -> None:
    done = judged(service, REPOSITORY / f"services/{name}/openapi.json", folder)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout
    assert '"level": "error"' not in service.log.read_text()


def calls(**urls: str) -> dict[str, str]:
    return {"ONEWAY_CALLS": json.dumps({name: {"url": url, "timeout_ms": 20_000} for name, url in urls.items()})}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("schemathesis")


@pytest.fixture(scope="module")
def identity(folder: Path) -> Iterator[Running]:
    with running("id_service.app:app", folder / "id", {"ONEWAY_INSTANCE": "3"}) as service:
        yield service


@pytest.fixture(scope="module")
def caption(folder: Path, identity: Running) -> Iterator[Running]:
    with running("caption_service.app:app", folder / "caption", calls(id=identity.url)) as service:
        yield service


def test_id(identity: Running, folder: Path) -> None:
    check(identity, "id", folder)


def test_caption(caption: Running, folder: Path) -> None:
    check(caption, "caption", folder)


def test_gateway(caption: Running, identity: Running, folder: Path) -> None:
    rates = {"PUBLIC_REQUESTS_PER_SECOND": "10000", "PUBLIC_BURST": "10000"}
    environ = calls(id=identity.url, caption=caption.url) | rates
    with running("gateway_service.app:app", folder / "gateway", environ) as service:
        check(service, "gateway", folder)
