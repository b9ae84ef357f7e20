"""The tail of a log file: each line once, whatever happens to the file between two looks."""

from pathlib import Path

import pytest

from oneway.targets.local.tail import Tail, last_lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "id.log"


def test_what_was_there_before_is_not_told_unless_wanted(log: Path) -> None:
    log.write_text("old\n")
    from_end, from_start = Tail(log), Tail(log, from_start=True)
    _append(log, "new\n")
    assert from_end.read() == [b"new"]
    assert from_start.read() == [b"old", b"new"]


def test_half_a_line_waits_for_its_end(log: Path) -> None:
    tail = Tail(log)
    _append(log, "one\ntw")
    assert tail.read() == [b"one"]
    _append(log, "o\n")
    assert tail.read() == [b"two"]
    assert tail.read() == []


def test_nothing_is_lost_over_a_rotation(log: Path) -> None:
    log.touch()
    tail = Tail(log)
    _append(log, "before\n")
    log.rename(log.with_suffix(".log.1"))
    _append(log.with_suffix(".log.1"), "still before\n")
    _append(log, "after\n")
    assert tail.read() == [b"before", b"still before", b"after"]


def test_a_file_that_goes_and_comes_again(log: Path) -> None:
    log.touch()
    tail = Tail(log)
    log.unlink()
    assert tail.read() == []
    _append(log, "again\n")
    assert tail.read() == [b"again"]


def test_a_file_that_was_emptied_is_read_from_its_start(log: Path) -> None:
    log.write_text("a long line of before\n")
    tail = Tail(log)
    log.write_text("short\n")
    assert tail.read() == [b"short"]


def test_last_lines_of_what_may_be_missing(log: Path) -> None:
    assert last_lines(log, 3) == []
    log.write_text("a\nb\nc\nd\n")
    assert last_lines(log, 2) == ["c", "d"]


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)
