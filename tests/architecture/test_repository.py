"""Promises about the tree itself: names, locks, links, and what must not be in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACKED = [
    name
    for name in subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
TEXTS = (".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".json", ".sh", ".j2", ".cfg", ".mk")


def test_platform_is_a_source_root_and_not_a_package() -> None:
    assert "platform/__init__.py" not in TRACKED
    assert not any(name.startswith("tests/platform/") for name in TRACKED)


def test_nothing_shadows_the_standard_library() -> None:
    roots = (
        "platform/",
        "platform/servicekit/",
        "services/id/",
        "services/caption/",
        "services/gateway/",
        "tests/unit/",
    )
    importable = {
        name.removeprefix(root).split("/")[0].removesuffix(".py")
        for root in roots
        for name in TRACKED
        if name.startswith(root) and name.endswith(".py")
    }
    assert importable
    assert importable & set(sys.stdlib_module_names) == set()


def test_test_files_have_names_of_their_own() -> None:
    names = [Path(name).name for name in TRACKED if name.startswith("tests/") and name.endswith(".py")]
    repeated = {name for name in names if names.count(name) > 1} - {"conftest.py", "__init__.py"}
    assert repeated == set()


@pytest.mark.parametrize("lock", [name for name in TRACKED if re.search(r"requirements[a-z-]*\.txt$", name)])
def test_locks_carry_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert "==" in requirement
        assert "--hash=sha256:" in requirement


def test_no_file_names_a_machine_path() -> None:
    marks = re.compile("/" + "work/|/" + "root/|/home/[a-z]+/|/Users/[a-z]+/")
    found = [
        f"{name}: {match[0]}"
        for name in TRACKED
        if name.endswith(TEXTS) or "/" not in name
        for match in [marks.search((ROOT / name).read_text("utf-8", "replace"))]
        if match
    ]
    assert found == []


def test_links_in_documents_lead_somewhere() -> None:
    broken = []
    for name in TRACKED:
        if name.endswith(".md"):
            for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text()):
                path = target.partition("#")[0]
                if path and "://" not in path and not (ROOT / name).parent.joinpath(path).exists():
                    broken.append(f"{name}: {target}")
    assert broken == []


def test_the_picture_in_the_readme_is_what_the_manifests_say() -> None:
    command = [sys.executable, "-m", "oneway.cli.main", "render-graph"]
    command += ["--layout", "wheel", "--verify", "platform/docs/architecture.svg"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_samples_pass_their_own_check() -> None:
    command = [sys.executable, "-m", "oneway.cli.main", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "nothing found" in done.stdout
