"""JSON values are compared as JSON: at every depth, in either direction."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.probe.equality import contains, same

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=1), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (0, None, False),
        ("1", 1, False),
        ([1, None, True], [True, None, 1], False),
        ([1, 2], [2, 1], False),
        ([[[1]]], [[[True]]], False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({}, [], False),
        ("", None, False),
        (2**53 + 1, float(2**53), False),
        ([float("nan")], [float("nan")], False),
    ],
)
def test_same_as_json(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is same(other, one) is equal


def written(value: Any) -> str:
    """Another judge: the canonical text, with numbers that are whole written as such."""

    def plain(each: Any) -> Any:
        if isinstance(each, float) and each.is_integer():
            return int(each)
        if isinstance(each, list):
            return [plain(one) for one in each]
        return {key: plain(one) for key, one in each.items()} if isinstance(each, dict) else each

    return json.dumps(plain(value), sort_keys=True)


@given(VALUES, VALUES)
def test_same_means_written_alike(one: Any, other: Any) -> None:
    assert same(one, one)
    assert same(one, other) is (written(one) == written(other))


@pytest.mark.parametrize(
    ("whole", "part", "holds"),
    [
        ([True], 1, False),
        ([1.0], 1, True),
        ([[1, 2]], [1, 2], True),
        ([[1, 2]], [2, 1], False),
        ([{"a": True}], {"a": 1}, False),
        ("abc", "b", True),
        ("1", 1, False),
        ({"a": 1}, "a", True),
        ({"a": 1}, ["a"], False),
        ({"a": 1, "b": [2]}, {"b": [2]}, True),
        ({"a": 1}, {"a": True}, False),
        (1, 1, False),
        (None, None, False),
        ([None], None, True),
    ],
)
def test_contains_compares_as_json(whole: Any, part: Any, holds: bool) -> None:
    assert contains(whole, part) is holds
