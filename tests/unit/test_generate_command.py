import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from oneway.cli.commands.generate import command
from oneway.errors import OnewayError, UsageError

PLATFORM = """
apiVersion: oneway/v1
platform: shop
environments:
  local: {target: local}
  prod: {target: kubernetes, namespace: prod}
  test: {target: kubernetes, namespace: test}
"""
SERVICE = """
apiVersion: oneway/v1
service: NAME
version: 1.0.0
owner: ada
domain: all
summary: Grüße für 世界
build: {path: services/NAME, runtime: python3.11, start: [run]}
endpoints: [{name: http, port: 8080}]
environments: {test: {replicas: 2}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    (manifests / "platform.yaml").write_text(PLATFORM)
    for name in ("a", "b"):
        (manifests / f"{name}.yaml").write_text(SERVICE.replace("NAME", name))
        (tmp_path / "services" / name).mkdir(parents=True)
    return tmp_path


def names(folder: Path) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}


def test_every_cluster_has_a_folder_of_its_own(workspace: Path) -> None:
    command(manifests=workspace / "manifests")
    folder = workspace / "generated"
    assert {each.name for each in folder.iterdir()} == {"docker", "prod", "test"}
    prod, test = (yaml.safe_load_all((folder / each / "services" / "a.yaml").read_text()) for each in ("prod", "test"))
    replicas = [[each["spec"]["replicas"] for each in every if each["kind"] == "Deployment"] for every in (prod, test)]
    assert replicas == [[1], [2]]


def test_one_environment_is_exported_alone(workspace: Path, tmp_path: Path) -> None:
    command(manifests=workspace / "manifests", env="test", output=tmp_path / "site")
    assert {each.name for each in (tmp_path / "site").iterdir()} == {"docker", "test"}


def test_unknown_environments_are_named(workspace: Path) -> None:
    with pytest.raises(UsageError, match=r"environment prd is not declared in manifests/platform\.yaml"):
        command(manifests=workspace / "manifests", env="prd")


def test_what_is_no_longer_generated_goes_and_what_people_wrote_stays(workspace: Path) -> None:
    command(manifests=workspace / "manifests")
    note = workspace / "generated" / "prod" / "services" / "README"
    note.write_text("by hand\n")
    (workspace / "manifests" / "b.yaml").unlink()
    with pytest.raises(OnewayError, match=r"generated files in .* are stale"):
        command(manifests=workspace / "manifests", verify=True)
    command(manifests=workspace / "manifests")
    assert not any("b" in Path(each).stem.split(".") for each in names(workspace / "generated"))
    assert note.exists()


def test_verify_shows_what_differs_and_writes_nothing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(manifests=workspace / "manifests")
    folder = workspace / "generated"
    command(manifests=workspace / "manifests", verify=True)
    file = folder / "prod" / "services" / "a.yaml"
    stale = file.read_text().replace("replicas: 1\n", "replicas: 7\n")
    file.write_text(stale)
    (folder / "docker" / "b" / "Dockerfile").unlink()
    capsys.readouterr()
    with pytest.raises(OnewayError, match="2 generated files") as caught:
        command(manifests=workspace / "manifests", verify=True)
    shown = capsys.readouterr().out
    assert "-  replicas: 7\n+  replicas: 1\n" in shown
    assert f"{folder / 'docker' / 'b' / 'Dockerfile'}: is missing" in shown
    assert "platform generate" in caught.value.hint
    assert file.read_text() == stale


def test_what_is_up_to_date_is_not_written_again(workspace: Path) -> None:
    command(manifests=workspace / "manifests")
    file = workspace / "generated" / "prod" / "services" / "a.yaml"
    before = file.stat().st_mtime_ns
    command(manifests=workspace / "manifests")
    assert file.stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_written_is_named(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OnewayError, match=r"taken/docker/a/Dockerfile cannot be written"):
        command(manifests=workspace / "manifests", output=tmp_path / "taken")


def test_images_without_a_digest_are_warned_of(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(manifests=workspace / "manifests", env="prod")
    assert "no digest is recorded for the image of a, b in environment prod" in capsys.readouterr().err


@pytest.mark.parametrize(
    "surroundings",
    [
        {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "UTC", "PYTHONHASHSEED": "4242", "LC_ALL": "C.UTF-8"},
    ],
)
def test_the_same_manifests_make_the_same_bytes_anywhere(
    workspace: Path, tmp_path: Path, surroundings: dict[str, str]
) -> None:
    command(manifests=workspace / "manifests", output=tmp_path / "first")
    shuffled = tmp_path / "elsewhere" / "manifests"
    shuffled.mkdir(parents=True)
    files = sorted((workspace / "manifests").iterdir())
    random.Random(7).shuffle(files)
    for index, file in enumerate(files):
        shutil.copy(file, shuffled / (file.name if file.name == "platform.yaml" else f"{9 - index}-{file.name}"))
    environment = {**os.environ, **surroundings}
    options = ["--manifests", str(shuffled), "-o", str(tmp_path / "second")]
    program = [sys.executable, "-m", "oneway.cli.main", "generate", *options]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = tmp_path / "first", tmp_path / "second"
    assert names(first) == names(second)
    for name in names(first):
        other = (second / name).read_text()
        for index, file in enumerate(files):
            other = other.replace(f"manifests/{9 - index}-{file.name}", f"manifests/{file.name}")
        assert (first / name).read_text() == other
