"""checkov on everything that is generated: the system that reaches every branch, and the three samples."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneway.cli.commands.generate import command
from oneway.generate import Images, lock_text, waivers
from oneway.manifest import load

ROOT = Path(__file__).parents[2]
CHECKOV = ROOT / ".venv-judges" / "bin" / "checkov"
EVERYTHING = ROOT / "tests" / "golden" / "kubernetes"


SHOP = ROOT / "tests" / "examples" / "shop" / "manifests"


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples' files for production."""
    return _generate(ROOT / "manifests", tmp_path_factory.mktemp("samples"), None)


def _generate(manifests: Path, folder: Path, env: str | None) -> Path:
    """The files of a system, as they are once every image has been pushed."""
    shutil.copytree(manifests, folder / "manifests")
    services = [yaml.safe_load(each.read_text()) for each in (folder / "manifests").glob("*.yaml")]
    digests = {f"{each['service']}:{each['version']}": "sha256:" + "0" * 64 for each in services if "service" in each}
    (folder / "manifests" / "images.lock").write_text(lock_text(Images(digests)))
    command(manifests=folder / "manifests", output=folder / "generated", env=env)
    return folder / "generated"


def test_checkov_finds_nothing_in_the_samples(samples: Path) -> None:
    assert judged(samples, "kubernetes", "dockerfile") == ([], [])


@pytest.mark.parametrize("env", ["test", "prod"])
def test_checkov_finds_nothing_in_a_system_with_stores_a_worker_and_a_job(tmp_path: Path, env: str) -> None:
    failed, skipped = judged(_generate(SHOP, tmp_path, env), "kubernetes", "dockerfile")
    assert failed == []
    assert {check for _, check in skipped} == {"CKV_K8S_35"}


def test_checkov_finds_nothing_but_what_is_waived() -> None:
    failed, skipped = judged(EVERYTHING / "generated", "kubernetes", "dockerfile")
    assert failed == []
    files = [(each.name, each.read_bytes()) for each in (EVERYTHING / "manifests").glob("*.yaml")]
    systems = [load(files, environment).system for environment in ("staging", "site")]
    every = {each for system in systems for each in waivers(system)}
    declared = {(each.service, each.check) for each in every if each.judge == "checkov"}
    assert {(resource.rpartition(".")[2], check) for resource, check in skipped} == declared


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="checkov builds kustomizations with kubectl")
@pytest.mark.parametrize("environment", ["staging", "site"])
def test_checkov_finds_nothing_in_what_kustomize_builds(environment: str) -> None:
    failed, _ = judged(EVERYTHING / "generated" / environment, "kustomize")
    assert failed == []


def test_checkov_is_really_asked(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nCMD run\n")
    failed, _ = judged(tmp_path, "dockerfile")
    assert {"CKV_DOCKER_2", "CKV_DOCKER_3", "CKV_DOCKER_7"} <= {check for _, check in failed}


def judged(folder: Path, *frameworks: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What failed and what was skipped, as (resource, check); every framework must have looked at something."""
    program = [str(CHECKOV), "--skip-download", "--framework", *frameworks, "-d", str(folder), "-o", "json"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=280, check=False)
    answer = json.loads(done.stdout)
    reports: list[dict[str, Any]] = answer if isinstance(answer, list) else [answer]
    assert {each["check_type"] for each in reports} == set(frameworks), done.stderr
    assert all(each["summary"]["parsing_errors"] == 0 for each in reports)
    assert all(each["summary"]["passed"] for each in reports)
    failed, skipped = (
        sorted((found["resource"], found["check_id"]) for each in reports for found in each["results"][key])
        for key in ("failed_checks", "skipped_checks")
    )
    return failed, skipped
