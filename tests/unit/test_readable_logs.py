"""Log lines as people read them: what is turned into words, what stays as it is, and what no terminal may get."""

import json
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from oneway.cli.output.readable import readable

TIME = "2026-11-24T20:31:02.123+00:00"
KNOWN = {"service": "id", "version": "1.0.0", "environment": "local", "instance": 3}


def line(message: str = "request", level: str = "info", time: str = TIME, **members: Any) -> str:
    return json.dumps({"time": time, "level": level, "message": message, **KNOWN, **members})


def test_a_request_is_a_time_words_and_members() -> None:
    said = line(request_id="abc/1", method="POST", path="/v1/ids", status=200, ms=1.2, problem=None)
    assert readable(said, UTC) == "20:31:02.123 request method=POST path=/v1/ids status=200 ms=1.2 request_id=abc/1"


def test_a_level_is_shown_when_it_is_not_info() -> None:
    assert readable(line("no room", "warning"), UTC) == "20:31:02.123 WARNING no room"


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (TIME, "22:31:02.123"),
        ("2026-11-24T23:59:59.9999Z", "01:59:59.999"),
        ("2026-11-24T20:31:02", "20:31:02.000"),
    ],
    ids=["with a zone", "on the next day", "without a zone"],
)
def test_the_time_is_local(time: str, shown: str) -> None:
    assert readable(line("up", time=time), timezone(timedelta(hours=2))) == f"{shown} up"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("two words", '"two words"'),
        ("", '""'),
        ("a=b", '"a=b"'),
        ('say "x"', r'"say \"x\""'),
        ("two\nlines", r'"two\nlines"'),
        (True, "true"),
        ({"a": [1, "ü"], "b": None}, '{"a":[1,"ü"],"b":null}'),
        ("größer→", "größer→"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert readable(line("m", key=value), UTC) == f"20:31:02.123 m key={shown}"


def test_a_traceback_keeps_its_lines_indented() -> None:
    trace = 'Traceback (most recent call last):\n  File "app.py", line 1\nValueError: x'
    lines = ["    Traceback (most recent call last):", '      File "app.py", line 1', "    ValueError: x"]
    first = "20:31:02.123 ERROR failed status=500"
    assert readable(line(f"failed\n{trace}", "error", status=500), UTC).split("\n") == [first, *lines]
    assert readable(line("failed", "error", exception=trace, status=500), UTC).split("\n") == [first, *lines]


@pytest.mark.parametrize("odd", ["\x1b[2J", "\x07", "\r", "\t", "\x9b2J", "\u202e", "\u2028", "\ud800"])
def test_nothing_that_commands_a_terminal_gets_through(odd: str) -> None:
    members: dict[str, Any] = {"plain": f"x{odd}y", "nested": [odd], odd: 1}
    shown = readable(line(f"a{odd}b\nc{odd}d", odd, **members), UTC)
    assert odd not in shown
    assert all(each.isprintable() for each in shown.split("\n"))
    assert shown.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        '{"time": "2026-',
        "[1]",
        "17",
        '{"level": "info", "message": "no time"}',
        '{"time": 5, "level": "info", "message": "m"}',
        '{"time": "noon", "level": "info", "message": "m"}',
        '{"time": "0001-01-01T00:00:00+14:00", "level": "info", "message": "m"}',
        '{"time": "2026-11-24T20:31:02Z", "level": "info", "message": {"no": "text"}}',
        '{"time": "2026-11-24T20:31:02Z", "level": 20, "message": "m"}',
        '{"time": "2026-11-24T20:31:02Z", "level": "info", "message": "m", "n": ' + "9" * 5000 + "}",
        "[" * 100_000,
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert readable(text, UTC) == text


@pytest.mark.parametrize("depth", range(900, 1000, 5))
def test_deep_nesting_is_shown_or_left(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    text = '{"time": "2026-11-24T20:31:02Z", "level": "info", "message": "m", "x": ' + nested + "}"
    assert readable(text, UTC) in (text, f"20:31:02.000 m x={nested}")


def test_a_huge_line_is_shown_whole() -> None:
    huge = "x" * 5_000_000
    assert readable(line(huge, key=huge), UTC) == f"20:31:02.123 {huge} key={huge}"
