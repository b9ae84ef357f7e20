"""Reading a repository: where it is found, what is refused, and what git remembers."""

import os
import subprocess
from pathlib import Path

import pytest

from oneway.errors import OnewayError, UsageError
from oneway.workspace import find


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "a.yaml").write_text("service: a\n")
    (tmp_path / "manifests" / "notes.txt").write_text("not a manifest\n")
    return tmp_path


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", str(root), *settings, *arguments], check=True, capture_output=True)


def test_finds_the_folder_upward(repository: Path) -> None:
    deep = repository / "x" / "y"
    deep.mkdir(parents=True)
    assert find(start=deep).manifests == repository / "manifests"


def test_the_root_is_the_work_tree(repository: Path) -> None:
    nested = repository / "systems" / "manifests"
    nested.mkdir(parents=True)
    git(repository, "init")
    assert find(nested).root == repository


def test_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        find(start=tmp_path)
    assert str(tmp_path) in refusal.value.message
    assert "--manifests" in refusal.value.hint
    with pytest.raises(UsageError, match="is not a folder"):
        find(tmp_path / "gone")


def test_reads_yaml_files_sorted_by_name(repository: Path) -> None:
    (repository / "manifests" / "b").mkdir()
    (repository / "manifests" / "b" / "c.yml").write_text("service: c\n")
    assert [name for name, _ in find(repository / "manifests").read().files] == [
        "manifests/a.yaml",
        "manifests/b/c.yml",
    ]


def test_a_link_out_of_the_repository_is_a_finding(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("password: x\n")
    (repository / "manifests" / "z.yaml").symlink_to(outside)
    texts = find(repository / "manifests").read()
    assert [name for name, _ in texts.files] == ["manifests/a.yaml"]
    assert [(each.location.file, each.message) for each in texts.findings] == [
        ("manifests/z.yaml", "the file is a link that leads out of the repository")
    ]


def test_odd_files_are_findings_and_never_read(repository: Path) -> None:
    folder = repository / "manifests"
    with (folder / "huge.yaml").open("wb") as huge:
        huge.truncate(100 << 20)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "dangling.yaml").symlink_to(folder / "gone")
    found = {each.location.file: each.message for each in find(folder).read().findings}
    assert found == {
        "manifests/dangling.yaml": "the file cannot be read: No such file or directory",
        "manifests/huge.yaml": f"the file has {100 << 20} bytes, more than {1 << 20}",
        "manifests/pipe.yaml": "this is not a regular file",
    }


def test_reads_a_revision_and_what_changed_since(repository: Path) -> None:
    git(repository, "init")
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "first")
    (repository / "manifests" / "a.yaml").write_text("service: changed\n")
    (repository / "new ü.txt").write_text("untracked\n")
    workspace = find(repository / "manifests")
    assert workspace.at("HEAD").files == (("manifests/a.yaml", b"service: a\n"),)
    assert workspace.changed("HEAD") == ("manifests/a.yaml", "new ü.txt")
    with pytest.raises(OnewayError, match="git knows no revision 'nowhere'"):
        workspace.at("nowhere")
    with pytest.raises(OnewayError, match="git knows no revision '--help'"):
        workspace.at("--help")


def test_names_that_cannot_be_shown_and_folders_that_are_links_are_findings(repository: Path) -> None:
    folder = repository / "manifests"
    (folder / "a\n::error::b.yaml").write_text("service: b\n")
    os.symlink(repository, os.path.join(os.fsencode(folder), b"around"))
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    with open(os.path.join(os.fsencode(folder), b"\xff.yaml"), "wb") as odd:
        odd.write(b"service: c\n")
    found = {each.location.file: each.message for each in find(folder).read().findings}
    assert found == {
        "manifests/a\\n::error::b.yaml": "the file's name has characters that cannot be shown",
        "manifests/around": "this folder is a link, and is not looked into",
        "manifests/loop.yaml": "the file is a link that leads to itself",
        "manifests/\\udcff.yaml": "the file's name has characters that cannot be shown",
    }


def test_very_deep_folders_are_a_finding(repository: Path) -> None:
    deep = repository.joinpath("manifests", *["d"] * 60)
    deep.mkdir(parents=True)
    (finding,) = find(repository / "manifests").read().findings
    assert finding.message == "folders are nested more than 40 deep"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_a_finding(repository: Path) -> None:
    (repository / "manifests" / "a.yaml").chmod(0)
    (finding,) = find(repository / "manifests").read().findings
    assert finding.message == "the file cannot be read: Permission denied"
