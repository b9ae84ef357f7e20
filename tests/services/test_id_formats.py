"""How ids are written: runs of them are joined at once, and nobody can tell."""

import json
import string
from collections.abc import Callable
from itertools import accumulate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from id_service.formats import FORMATS, Format
from id_service.generator import SEQUENCES, Generator

HIGHEST = 2**63 - 1
EDGES = [10_000, SEQUENCES, 62 * 62, 10_000 * SEQUENCES, 62**5, 10**15]
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def plain_base62(number: int) -> str:
    return "".join(DIGITS[number // 62**place % 62] for place in range(10, -1, -1))


PLAIN: dict[Format, Callable[[int], str]] = {"decimal": str, "base62": plain_base62}


def near_edges() -> st.SearchStrategy[int]:
    edge = st.builds(
        lambda each, times, off: max(0, each * times + off),
        st.sampled_from(EDGES),
        st.integers(0, 900),
        st.integers(-3, 3),
    )
    return edge | st.integers(0, HIGHEST - 100_000)


def ascending() -> st.SearchStrategy[list[int]]:
    """Runs of ids, longer than any that a generator makes, with gaps between and within them."""
    step = st.sampled_from([1, 1, 1, 1, 2, SEQUENCES, 10_000, 2**22])
    single = st.builds(lambda first, steps: list(accumulate(steps, initial=first)), near_edges(), st.lists(step))
    whole = st.builds(lambda first, length: list(range(first, first + length)), near_edges(), st.integers(1, 12_000))
    return single | whole


@pytest.mark.parametrize("format", sorted(PLAIN))
@settings(max_examples=40, deadline=None)
@given(ids=ascending())
@example(ids=[0])
@example(ids=[*range(9_990, 10_010)])
@example(ids=[HIGHEST - 1, HIGHEST])
def test_ids_are_written_as_one_by_one(format: Format, ids: list[int]) -> None:
    written = FORMATS[format][1](ids)
    assert json.loads(written) == {"ids": [PLAIN[format](each) for each in ids]}


@pytest.mark.parametrize("format", sorted(PLAIN))
def test_what_a_generator_issues_is_written_as_it_is(format: Format) -> None:
    generator = Generator(1023, lambda: 2**40, floor=(2**40 - 7) * SEQUENCES + 11)
    ids = [each for count in (1, 4096, 5000, 100_000) for each in generator.issue(count)]
    assert json.loads(FORMATS[format][1](ids)) == {"ids": [PLAIN[format](each) for each in ids]}


@settings(max_examples=40, deadline=None)
@given(ids=ascending())
def test_binary_is_eight_bytes_each_and_the_highest_first(ids: list[int]) -> None:
    assert FORMATS["binary"][1](ids) == b"".join(each.to_bytes(8) for each in ids)
