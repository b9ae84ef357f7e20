"""A user sees: a check passes although the answer has `true` where 1 was expected, or the same in another order."""

import json
from typing import Any

import pytest

from oneway.manifest.decode import decode
from oneway.model import Check
from oneway.probe import Answer, Verdict, run_check


def verdict(answer: Any, **body: Any) -> Verdict:
    check = decode({"name": "asks", "request": {"path": "/"}, "expect": {"body": body}}, Check)
    sent = Answer(200, {"Content-Type": ("application/json",)}, json.dumps(answer).encode(), 0.1)
    return run_check(check, lambda _: sent, lambda _: b"").verdict


DIFFERENT: list[tuple[Any, Any]] = [
    ([1, None, True], [True, None, 1]),
    ({"a": [{"b": 0}]}, {"a": [{"b": False}]}),
    ([[1]], [[True]]),
    ({"n": None}, {}),
    ([1, 2], [2, 1]),
    ("1", 1),
    (0, False),
    ([], {}),
    ("", None),
]


@pytest.mark.parametrize(("expected", "came"), DIFFERENT)
def test_other_values_at_any_depth_are_not_equal(expected: Any, came: Any) -> None:
    assert verdict({"at": came}, at={"equals": expected}) is Verdict.FAIL
    assert verdict({"at": expected}, at={"equals": expected}) is Verdict.PASS
    assert verdict({"at": [came]}, at={"contains": expected}) is Verdict.FAIL
    assert verdict({"at": [0.5, expected]}, at={"contains": expected}) is Verdict.PASS


@pytest.mark.parametrize(("expected", "came"), [(1, 1.0), (1.0, 1), ({"b": 1, "a": 2}, {"a": 2, "b": 1.0})])
def test_the_same_value_written_otherwise_is_equal(expected: Any, came: Any) -> None:
    assert verdict({"at": came}, at={"equals": expected}) is Verdict.PASS
