"""What a large system was told last time: right, or forgotten."""

import os
from datetime import date
from pathlib import Path

import pytest

from oneway.application.check_system import CheckResult, check_system
from oneway.workspace import find
from tools.bench.systems import write

TODAY = date(2026, 6, 1)
SERVICES = 320


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(SERVICES, tmp_path)
    return tmp_path


def look(root: Path, env: str | None = None, today: date = TODAY) -> CheckResult:
    return check_system(find(root / "manifests"), env, None, today)


def cache(root: Path) -> Path:
    return root / ".platform" / "cache" / "check-default.msgpack"


def spoil(root: Path) -> Path:
    """A call that leads nowhere; returns its file."""
    path = sorted((root / "manifests").rglob("*-00000.yaml"))[0]
    path.write_text(path.read_text().replace("to: maps", "to: mops"))
    return path


def test_a_system_of_any_size_is_clean(root: Path) -> None:
    assert look(root) == CheckResult((), SERVICES, look(root).calls)


def test_the_second_answer_is_the_first_one_read_back(root: Path) -> None:
    spoil(root)
    first = look(root)
    assert [each.rule for each in first.findings] == ["unknown-external", "orphan"]
    assert cache(root).exists()
    assert look(root) == first


def test_is_never_older_than_a_file_a_date_an_environment_or_a_file_asked_about(root: Path) -> None:
    assert look(root).findings == ()
    path = spoil(root)
    assert len(look(root).findings) == 2
    path.write_text(path.read_text().replace("to: mops", "to: maps"))
    assert look(root).findings == ()
    (root / "services" / "openapi.json").unlink()
    assert len(look(root).findings) == SERVICES
    assert len(look(root, "prod").findings) == SERVICES
    path.write_text(path.read_text() + "accept: [{rule: openapi-missing, reason: x, until: 2026-06-01}]\n")
    assert len(look(root).findings) == SERVICES - 1
    assert len(look(root, today=date(2026, 6, 2)).findings) == SERVICES + 1


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x85\xa3key", os.urandom(300)])
def test_a_spoilt_cache_does_not_exist(root: Path, content: bytes) -> None:
    first = look(root)
    cache(root).write_bytes(content)
    assert look(root) == first


def test_may_be_deleted_and_leaves_nothing_where_it_cannot_be_written(root: Path) -> None:
    first = look(root)
    cache(root).unlink()
    assert look(root) == first
    cache(root).unlink()
    (cache(root).parent / ".gitignore").unlink()
    cache(root).parent.rmdir()
    cache(root).parent.write_text("in the way")
    assert look(root) == first


def test_git_does_not_see_it(root: Path) -> None:
    look(root)
    assert (cache(root).parent / ".gitignore").read_text() == "*\n"
    assert [path.name for path in cache(root).parent.iterdir() if path.suffix == ".new"] == []


def test_a_small_system_leaves_no_file_behind(tmp_path: Path) -> None:
    write(20, tmp_path)
    look(tmp_path)
    assert not (tmp_path / ".platform").exists()
