"""`platform render-graph` as it is typed: files, differences, verification, and every mistake in one message."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pictures import contents

COMMAND = (sys.executable, "-m", "oneway.cli.main", "render-graph")


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=root, capture_output=True, text=True, timeout=120, check=False)


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose first commit holds the ring example."""
    for name, content in contents("ring").items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "ring")
    return tmp_path


@pytest.mark.parametrize(
    ("ending", "starts"),
    [
        ("svg", "<svg "),
        ("dot", "digraph ring {"),
        ("mmd", "flowchart LR"),
        ("json", "{\n"),
        ("html", "<!DOCTYPE"),
        ("md", "###"),
    ],
)
def test_the_ending_tells_the_format(root: Path, ending: str, starts: str) -> None:
    done = run(root, "-o", f"ring.{ending}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote ring.{ending}\n")
    assert (root / f"ring.{ending}").read_text().startswith(starts)


def test_without_a_file_the_source_is_printed(root: Path) -> None:
    assert run(root).stdout.startswith("digraph ring {")


@pytest.mark.parametrize("layout", ["wheel", "auto"])
def test_verbose_tells_which_graphviz_laid_out(root: Path, layout: str) -> None:
    assert "laid out by Graphviz" in run(root, "-o", "a.svg", "-v", "--layout", layout).stderr
    assert run(root, "-o", "a.svg", "--layout", layout).stderr == "wrote a.svg\n"


def test_a_committed_picture_is_verified(root: Path) -> None:
    run(root, "-o", "ring.svg", "--layout", "wheel")
    assert run(root, "--verify", "ring.svg").returncode == 0
    assert run(root, "--verify=ring.svg", "--layout", "wheel").returncode == 0
    manifest = root / "manifests/papers.yaml"
    manifest.write_text(manifest.read_text().replace("1.0.0", "1.0.1"))
    done = run(root, "--by", "service", "--verify", "ring.svg")
    assert done.returncode == 1
    assert "ring.svg is stale" in done.stderr
    assert "platform render-graph --by service -o ring.svg" in done.stderr
    assert run(root, "--by", "service", "-o", "ring.svg").returncode == 0
    assert run(root, "--verify", "ring.svg").returncode == 0


def test_a_touched_picture_is_stale(root: Path) -> None:
    run(root, "-o", "ring.svg")
    drawing = (root / "ring.svg").read_text()
    (root / "ring.svg").write_text(drawing.replace("bills", "wills"))
    assert run(root, "--verify", "ring.svg").returncode == 1


def test_the_difference_is_said_and_drawn(root: Path) -> None:
    (root / "manifests/papers.yaml").unlink()
    bills = root / "manifests/bills.yaml"
    bills.write_text(bills.read_text().replace(", {to: papers}", ""))
    done = run(root, "--diff", "HEAD", "-o", "change.svg")
    assert done.stdout.splitlines() == [
        "- gone: service papers 1.0.0 (owner ben, domain back)",
        "- gone: bills calls papers/http, timeout 1s",
    ]
    assert 'class="node service removed"' in (root / "change.svg").read_text()
    assert run(root, "--diff", "HEAD").stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("-o", "ring.gif"), 2, "known endings: .dot, .html, .json, .md, .mmd, .png, .svg"),
        (("-o", "nowhere/ring.svg"), 1, "name a folder that is there"),
        (("--focus", "shp"), 2, "did you mean shop?"),
        (("--diff", "never"), 1, "git knows no revision 'never'"),
        (("--verify", "none.svg"), 1, "platform render-graph -o none.svg"),
        (("--verify", "a.svg", "-o", "b.svg"), 2, "leave out -o"),
        (("--by", "colour"), 2, "colour"),
        (("--depth", "-1"), 2, "--depth"),
    ],
)
def test_mistakes_are_explained(root: Path, arguments: Sequence[str], status: int, says: str) -> None:
    done = run(root, *arguments)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_faulty_manifests_are_not_drawn(root: Path) -> None:
    (root / "manifests/shop.yaml").write_text("apiVersion: oneway/v1\nservice: shop\nversoin: 1\n")
    done = run(root, "-o", "a.svg")
    assert done.returncode == 1
    assert "manifests/shop.yaml:3:1" in done.stdout
    assert not (root / "a.svg").exists()
