"""The list that only shrinks."""

from dataclasses import replace

import pytest

from oneway.errors import Finding, Location, OnewayError, Severity
from oneway.rules import baseline, fingerprints


def findings(count: int) -> list[Finding]:
    return [
        Finding(
            "fan-in", Severity.WARNING, f"{at} things", Location(f"{at}.yaml", 3, 1), service=f"s{at}", subject=f"s{at}"
        )
        for at in range(count)
    ]


def test_forgives_what_it_lists_and_nothing_new() -> None:
    text = baseline.first(findings(2))
    assert baseline.forgive(findings(2), "b.txt", text) == []
    assert [each.message for each in baseline.forgive(findings(3), "b.txt", text)] == ["2 things"]


def test_lines_may_move_and_numbers_change() -> None:
    text = baseline.first(findings(1))
    moved = [replace(each, location=Location(each.location.file, 99, 9), message="77 things") for each in findings(1)]
    assert baseline.forgive(moved, "b.txt", text) == []


def test_a_stale_line_is_an_error_at_its_line() -> None:
    text = baseline.first(findings(2))
    (stale,) = baseline.forgive(findings(1), "b.txt", text)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "1 things" in line)
    assert (stale.rule, stale.severity, str(stale.location)) == ("baseline-stale", "error", f"b.txt:{line}:1")
    assert stale.message == "this line matches no finding any more: 1.yaml fan-in: 1 things"


def test_shrinking_drops_stale_lines_and_adds_none() -> None:
    text = baseline.first(findings(3))
    assert baseline.shrunk([*findings(2), *findings(5)[4:]], "b.txt", text) == baseline.first(findings(2))


def test_equal_findings_are_told_apart() -> None:
    twice = findings(1) * 2
    assert len(set(fingerprints(twice))) == 2
    assert len(baseline.forgive(twice, "b.txt", baseline.first(findings(1)))) == 1


def test_another_file_is_no_baseline() -> None:
    with pytest.raises(OnewayError, match=r"b\.txt:1: not a line of a baseline"):
        baseline.forgive([], "b.txt", "apiVersion: oneway/v1\n")
