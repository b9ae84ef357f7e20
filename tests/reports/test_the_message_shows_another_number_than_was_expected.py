"""A user sees: `expected a number above 1.23457e+06`, where the manifest says 1234567; an id comes back rounded."""

import json
from typing import Any

import pytest

from oneway.manifest.decode import decode
from oneway.model import Check
from oneway.probe import Answer, CheckResult, run_check


def judged(value: Any, capture: bool = False, **matcher: Any) -> CheckResult:
    body = json.dumps({"n": value}).encode()
    fields: dict[str, Any] = {"name": "counts", "request": {"path": "/"}, "expect": {"body": {"n": matcher}}}
    check = decode(fields | ({"capture": {"id": "n"}} if capture else {}), Check)
    return run_check(check, lambda _: Answer(200, {}, body, 0.1), lambda _: b"")


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (1234567, "1234567"),
        (20161216, "20161216"),
        (-1234567.5, "-1234567.5"),
        (16777217.125, "16777217.125"),
        (0.123456789, "0.123456789"),
        (0, "0"),
        (1e300, "1e+300"),
    ],
)
def test_limits_are_shown_with_all_their_digits(limit: float, told: str) -> None:
    (above,) = judged(limit - 1 if limit < 1e16 else 0, above=limit).failures
    assert above.expected == f"a number above {told}"
    (below,) = judged(limit + 1 if limit < 1e16 else limit, below=limit).failures
    assert below.expected == f"a number below {told}"


@pytest.mark.parametrize("number", [9007199254740993, -9007199254740993, 1234567890123456789, 10**30])
def test_large_whole_numbers_stay_exact(number: int) -> None:
    assert judged(number, capture=True, equals=number).captured == {"id": str(number)}
    (failure,) = judged(number, equals=number - 1).failures
    assert (failure.expected, failure.actual) == (str(number - 1), str(number))
