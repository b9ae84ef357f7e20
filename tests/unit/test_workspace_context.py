"""What goes into a build, and that its digest names exactly that."""

import subprocess
from pathlib import Path

import pytest

from oneway.errors import OnewayError
from oneway.model import Build, Service
from oneway.workspace import build_context


def service(**build: object) -> Service:
    return Service(
        api_version="oneway/v1",
        name="a",
        version="1.0.0",
        owner="o",
        domain="d",
        build=Build(**build),  # type: ignore[arg-type]
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "services/a/pkg").mkdir(parents=True)
    (tmp_path / "services/a/pkg/app.py").write_text("x = 1\n")
    (tmp_path / "services/a/__pycache__").mkdir()
    (tmp_path / "services/a/__pycache__/app.pyc").write_bytes(b"\0")
    (tmp_path / "lib/kit").mkdir(parents=True)
    (tmp_path / "lib/kit/kit.py").write_text("y = 2\n")
    return tmp_path


def test_lands_code_and_included_folders_apart(root: Path) -> None:
    context = build_context(root, service(path="services/a", include=("lib/kit",)))
    assert [each.target for each in context.files] == ["app/pkg/app.py", "include/lib/kit/kit.py"]


def test_the_digest_follows_content_names_and_modes(root: Path) -> None:
    a = service(path="services/a")
    first = build_context(root, a).digest
    assert build_context(root, a).digest == first
    file = root / "services/a/pkg/app.py"
    file.chmod(0o755)
    executable = build_context(root, a).digest
    file.chmod(0o644)
    file.write_text("x = 2\n")
    changed = build_context(root, a).digest
    file.write_text("x = 1\n")
    file.rename(file.with_name("other.py"))
    assert len({first, executable, changed, build_context(root, a).digest}) == 4


def test_what_git_ignores_is_left_out(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("*.log\n")
    (root / "services/a/debug.log").write_text("noise\n")
    assert [each.target for each in build_context(root, service(path="services/a")).files] == ["app/pkg/app.py"]


def test_a_missing_folder_and_a_link_outward_are_refused(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(OnewayError, match="a is built from services/b, which is not a folder"):
        build_context(root, service(path="services/b"))
    outside = tmp_path_factory.mktemp("outside") / "key"
    outside.write_text("secret\n")
    (root / "services/a/key").symlink_to(outside)
    with pytest.raises(OnewayError, match="services/a/key is a link that leads out of the repository"):
        build_context(root, service(path="services/a"))
