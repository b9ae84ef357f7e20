"""`platform check` as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"
RING = {"gateway": "caption", "caption": "id", "id": "gateway"}


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", "check", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def service(name: str, more: str) -> str:
    return f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: core\n{more}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three services that call in a ring, and have nothing else to say."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "platform.yaml").write_text(PLATFORM)
    for name, callee in RING.items():
        endpoint = "endpoints: [{name: db, port: 80, protocol: tcp}]\n"
        (tmp_path / "manifests" / f"{name}.yaml").write_text(service(name, f"{endpoint}calls:\n  - to: {callee}\n"))
    return tmp_path


def mend(root: Path) -> None:
    (root / "manifests" / "id.yaml").write_text(service("id", "endpoints: [{name: db, port: 80, protocol: tcp}]\n"))
    gateway = root / "manifests" / "gateway.yaml"
    gateway.write_text(gateway.read_text() + "load: {requests_per_second: 1}\n")


def test_a_ring_fails_with_three_places(root: Path) -> None:
    done = run(root)
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "manifests/caption.yaml:8:5: error: caption calls id calls gateway calls caption (call-cycle)",
        "  manifests/caption.yaml:8:5: caption calls id",
        "  manifests/id.yaml:8:5: id calls gateway",
        "  manifests/gateway.yaml:8:5: gateway calls caption",
        "  hint: calls go one way: the smallest set of calls whose removal frees all 3: gateway -> caption",
        "3 services, 3 calls: 1 error, 0 warnings",
    ]


def test_a_mended_one_passes_and_every_format_is_written(root: Path) -> None:
    mend(root)
    done = run(root)
    assert (done.returncode, done.stdout) == (0, "3 services, 2 calls: nothing found\n")
    assert json.loads(run(root, "--format", "json").stdout)["summary"]["error"] == 0
    assert run(root, "--format", "yaml").returncode == 2


def test_a_service_whose_manifest_has_faults_is_counted(root: Path) -> None:
    mend(root)
    (root / "manifests" / "id.yaml").write_text(service("id", "replicas: many\n"))
    assert json.loads(run(root, "--format", "json").stdout)["summary"]["services"] == 3


def test_adopting_the_rules_with_a_baseline(root: Path) -> None:
    assert run(root, "--baseline", "known.txt").returncode == 2
    assert run(root, "--write-baseline").returncode == 2
    assert run(root, "--baseline", "known.txt", "--write-baseline").returncode == 0
    done = run(root, "--baseline", "known.txt")
    assert (done.returncode, done.stdout) == (0, "3 services, 3 calls: nothing found\n")
    mend(root)
    done = run(root, "--baseline", "known.txt")
    assert done.returncode == 1
    assert "known.txt:2:1: error: this line matches no finding any more" in done.stdout
    assert run(root, "--baseline", "known.txt", "--write-baseline").returncode == 0
    assert "call-cycle" not in (root / "known.txt").read_text()


def test_changes_need_a_new_version(root: Path) -> None:
    mend(root)
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    assert run(root, "--base", "HEAD").returncode == 0
    manifest = root / "manifests" / "id.yaml"
    manifest.write_text(manifest.read_text() + "summary: changed\n")
    done = run(root, "--base", "HEAD")
    assert done.returncode == 1
    assert (
        "manifests/id.yaml:3:1: error: the manifest changed since HEAD, and the version of id is still" in done.stdout
    )
    manifest.write_text(manifest.read_text().replace("1.0.0", "1.0.1"))
    assert run(root, "--base", "HEAD").returncode == 0
    assert "git knows no revision 'gone'" in run(root, "--base", "gone").stderr


def test_an_environment_that_is_not_declared_is_a_mistake(root: Path) -> None:
    done = run(root, "--env", "prod")
    assert done.returncode == 2
    assert "environment prod is not declared" in done.stderr


def test_odd_files_are_findings(root: Path) -> None:
    mend(root)
    folder = root / "manifests"
    (folder / "tab.yaml").write_text("service:\n\tx: 1\n")
    (folder / "outside.yaml").symlink_to("/etc/hostname")
    (folder / "folder.yaml").symlink_to(root)
    with (folder / "huge.yaml").open("wb") as huge:
        huge.truncate(100 << 20)
    done = run(root)
    assert done.returncode == 1
    assert [line.rpartition(" (")[0] for line in done.stdout.splitlines() if ": error:" in line] == [
        "manifests/folder.yaml:1:1: error: this is not a regular file",
        "manifests/huge.yaml:1:1: error: the file has 104857600 bytes, more than 1048576",
        "manifests/outside.yaml:1:1: error: the file is a link that leads out of the repository",
        "manifests/tab.yaml:2:1: error: a tab indents this line",
    ]
