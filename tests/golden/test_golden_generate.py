"""The generated files of a system that reaches every branch, and what the judges think of them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from oneway.cli.commands.generate import command

HERE = Path(__file__).parent / "kubernetes"
MANIFESTS, GENERATED = HERE / "manifests", HERE / "generated"
KINDS = {
    "ConfigMap",
    "Deployment",
    "HTTPRoute",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Kustomization",
    "Namespace",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
    "ServiceMonitor",
    "StatefulSet",
}


def test_generated_files_are_as_recorded_and_valid_for_every_version(update_golden: bool) -> None:
    command(manifests=MANIFESTS, output=GENERATED, verify=not update_golden, validate=True)


def test_the_recorded_files_reach_every_kind() -> None:
    found = {each["kind"] for file in GENERATED.rglob("*.yaml") for each in yaml.safe_load_all(file.read_text())}
    assert found == KINDS


@pytest.mark.parametrize("environment", ["staging", "site"])
def test_the_kustomization_lists_exactly_the_files_of_its_folder(environment: str) -> None:
    folder = GENERATED / environment
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*.yaml")} - {"kustomization.yaml"}
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("file", sorted(GENERATED.rglob("Dockerfile")), ids=lambda file: file.parent.name)
def test_hadolint_has_nothing_to_say(file: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_is_really_asked() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "-"], input="FROM debian\nRUN cd /tmp\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "DL3006" in done.stdout


def test_the_samples_are_valid_for_every_version_and_hadolint_has_nothing_to_say(tmp_path: Path) -> None:
    command(manifests=HERE.parents[2] / "manifests", output=tmp_path, validate=True)
    files = sorted(tmp_path.rglob("Dockerfile"))
    assert len(files) == 3
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
