"""What `platform logs` shows of the past, of several services, and in which colours."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oneway.application.gather_logs import gather_logs
from oneway.cli.output.log_lines import log_line, read_pattern, read_since
from oneway.errors import OnewayError, UsageError
from oneway.targets.base import LogLine
from oneway.targets.local.processes.output import lines_since, time_of
from oneway.targets.local.tail import last_lines

NOON = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ('{"time": "2026-06-01T12:00:00Z", "message": "x"}', NOON),
        ('{"level":"info","timestamp":"2026-06-01T14:00:00.500+02:00"}', NOON + 0.5),
        ("2026-06-01T12:00:00+00:00 INFO x", NOON),
        ("[2026-06-01 12:00:00.250Z] x", NOON + 0.25),
        ("2026-06-01 12:00:00,125+00:00 x", NOON + 0.125),
        ("2026-13-01 12:00:00 no such month", None),
        ("at 2026-06-01 12:00:00 in the middle", None),
        ('{"message": "x"}', None),
        ("", None),
    ],
)
def test_the_time_of_a_line(line: str, time: float | None) -> None:
    assert time_of(line) == time


def test_since_goes_by_the_times_of_lines_and_of_files(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    (tmp_path / "a.log.1").write_text("2026-06-01T11:00:00Z old\n2026-06-01T12:00:00Z turned\n  of two lines\n")
    log.write_text("  and a third\n2026-06-01T12:30:00Z new\n")
    (tmp_path / "a.log.2").write_text("2026-06-01T12:10:00Z never looked at\n")
    os.utime(tmp_path / "a.log.2", (NOON - 3600, NOON - 3600))
    shown = ["2026-06-01T12:00:00Z turned", "  of two lines", "  and a third", "2026-06-01T12:30:00Z new"]
    assert list(lines_since(log, NOON)) == shown
    assert list(lines_since(log, NOON + 1)) == ["2026-06-01T12:30:00Z new"]
    log.write_text("no time\n")
    (tmp_path / "a.log.1").unlink()
    assert list(lines_since(log, NOON)) == ["no time"], "what tells no time is shown if its file was written to"
    assert list(lines_since(log, log.stat().st_mtime + 10)) == []
    assert list(lines_since(tmp_path / "missing.log", NOON)) == []


def test_none_of_the_last_lines_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("one\ntwo\n")
    assert last_lines(tmp_path / "a.log", 0) == []
    assert last_lines(tmp_path / "a.log", 1) == ["two"]


class Site:
    """Services that print two lines each; `broken` fails after one."""

    def logs(self, service: str, lines: int, follow: bool, since: float | None = None) -> Iterator[LogLine]:
        yield LogLine(f"{service}.1.0", "one")
        if service == "broken":
            raise OnewayError("nobody answers")
        yield LogLine(f"{service}.1.0", "two")


def test_several_services_come_in_one_stream() -> None:
    site: Any = Site()
    told = [(each.instance, each.text) for each in gather_logs(site, ["a", "b"], 5, follow=False)]
    assert told == [("a.1.0", "one"), ("a.1.0", "two"), ("b.1.0", "one"), ("b.1.0", "two")]
    followed = [(each.instance, each.text) for each in gather_logs(site, ["a", "b"], 5, follow=True)]
    assert sorted(followed) == told
    with pytest.raises(OnewayError, match="nobody answers"):
        list(gather_logs(site, ["a", "broken"], 5, follow=True))
    over = threading.Event()
    over.set()
    assert len(list(gather_logs(site, ["a"], 5, follow=True, over=over))) <= 2


def test_a_service_has_one_colour_and_only_where_it_is_wanted() -> None:
    plain = log_line(LogLine("id.3.0", "x"), 8)
    assert plain == "id.3.0    x"
    first, second = (log_line(LogLine(name, "x"), 8, color=True) for name in ("id.3.0", "id.4.1"))
    assert first.startswith("\x1b[")
    assert first.split("id")[0] == second.split("id")[0]


def test_what_cannot_be_read_of_the_options_is_said() -> None:
    assert read_since(None) is None
    with pytest.raises(UsageError, match="--since: '10' is not a duration"):
        read_since("10")
    assert read_pattern(None) is None
    with pytest.raises(UsageError, match="--grep: "):
        read_pattern("(")
