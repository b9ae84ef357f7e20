"""`platform build` with small programs that stand in for the engines."""

import json
import stat
from pathlib import Path

import pytest

from oneway.cli.commands.build import command
from oneway.errors import OnewayError, UsageError

DIGEST = "sha256:" + "a" * 64
PLATFORM = """
apiVersion: oneway/v1
platform: shop
environments:
  local: {target: local}
  prod: {target: kubernetes, registry: registry.example.com/shop}
"""
SERVICE = """
apiVersion: oneway/v1
service: cart
version: 1.0.0
owner: ada
domain: all
build: {path: services/cart, runtime: python3.11, start: [run]}
"""
BUILD = "{path: services/cart, runtime: python3.11, start: [run]}"
ENGINE = """#!/bin/sh
echo "$@" >> "$LOG"
case $1 in
  build)
    for word; do context=$word; done
    (cd "$context" && /usr/bin/find . -type f) >> "$LOG.files"
    echo building;;
  push) echo $DIGEST > "$3";;
  image) echo '["docker.io/library/python@'$DIGEST'"]';;
  *) echo the-id;;
esac
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "platform.yaml").write_text(PLATFORM)
    (tmp_path / "manifests" / "cart.yaml").write_text(SERVICE)
    (tmp_path / "services" / "cart").mkdir(parents=True)
    (tmp_path / "services" / "cart" / "run.py").write_text("print()\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("DIGEST", DIGEST)
    return tmp_path


@pytest.fixture
def engine(workspace: Path) -> Path:
    program = workspace / "bin" / "podman"
    program.write_text(ENGINE)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def lock(workspace: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((workspace / "manifests" / "images.lock").read_text())
    return found


def test_an_image_is_built_from_exactly_its_files(
    workspace: Path, engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command(["cart"], manifests=workspace / "manifests", env="prod")
    told = capsys.readouterr()
    assert told.out == "cart: registry.example.com/shop/cart:1.0.0 has id the-id\n"
    assert "building" in told.err
    assert (workspace / "log.files").read_text() == "./services/cart/run.py\n"
    assert not (workspace / "manifests" / "images.lock").exists()


def test_a_push_records_the_digest_once(workspace: Path, engine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command(["cart"], manifests=workspace / "manifests", env="prod", push=True)
    assert lock(workspace)["images"] == {"cart:1.0.0": DIGEST}
    monkeypatch.setenv("DIGEST", DIGEST.replace("a", "b"))
    with pytest.raises(OnewayError, match="one version would name two contents"):
        command(["cart"], manifests=workspace / "manifests", env="prod", push=True)
    command(["cart"], manifests=workspace / "manifests", env="prod", push=True, again=True)
    assert lock(workspace)["images"] == {"cart:1.0.0": DIGEST.replace("a", "b")}


def test_a_pinned_base_is_recorded_and_used(workspace: Path, engine: Path) -> None:
    command(["cart"], manifests=workspace / "manifests", env="prod", pin=True, mirror="mirror.example.com/")
    assert lock(workspace)["bases"] == {"python:3.11-slim": DIGEST}
    assert "pull mirror.example.com/python:3.11-slim" in (workspace / "log").read_text()


def test_without_a_registry_there_is_nowhere_to_push(workspace: Path, engine: Path) -> None:
    with pytest.raises(OnewayError, match="environment local has no registry to push cart to"):
        command(["cart"], manifests=workspace / "manifests", push=True)


def test_without_an_engine_the_local_target_needs_none(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(["cart"], manifests=workspace / "manifests")
    assert "`platform deploy` makes local builds" in capsys.readouterr().out
    with pytest.raises(OnewayError, match="neither docker, podman nor buildah works on this machine"):
        command(["cart"], manifests=workspace / "manifests", env="prod")


def test_an_unknown_service_gets_a_hint(workspace: Path, engine: Path) -> None:
    with pytest.raises(UsageError, match="there is no service crat") as caught:
        command(["crat"], manifests=workspace / "manifests")
    assert caught.value.hint == "did you mean cart?"


@pytest.mark.parametrize("epoch", ["soon", "-1", "1.5"])
def test_a_strange_epoch_is_refused(workspace: Path, engine: Path, monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is"):
        command(["cart"], manifests=workspace / "manifests", env="prod")


def test_ones_own_dockerfile_is_built_in_its_folder(workspace: Path, engine: Path) -> None:
    (workspace / "services" / "cart" / "Dockerfile").write_text("FROM scratch\n")
    text = SERVICE.replace(BUILD, "{dockerfile: services/cart/Dockerfile}")
    (workspace / "manifests" / "cart.yaml").write_text(text)
    command(["cart"], manifests=workspace / "manifests", env="prod")
    assert sorted((workspace / "log.files").read_text().split()) == ["./Dockerfile", "./run.py"]
    assert f"--file={workspace}/services/cart/Dockerfile" in (workspace / "log").read_text()


def test_a_ready_image_is_pinned_but_not_built(
    workspace: Path, engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SERVICE.replace(BUILD, "{image: docker.io/library/python}")
    (workspace / "manifests" / "cart.yaml").write_text(text)
    command(["cart"], manifests=workspace / "manifests", env="prod", pin=True)
    assert lock(workspace)["images"] == {"cart:1.0.0": DIGEST}
    assert "there is nothing to build" in capsys.readouterr().out
    assert not (workspace / "log.files").exists()


def test_a_service_that_does_not_say_how_it_is_built_is_refused(workspace: Path, engine: Path) -> None:
    text = SERVICE.replace(BUILD, "{path: services/cart}")
    (workspace / "manifests" / "cart.yaml").write_text(text)
    with pytest.raises(OnewayError, match="cart does not say how it is built"):
        command(["cart"], manifests=workspace / "manifests", env="prod")
