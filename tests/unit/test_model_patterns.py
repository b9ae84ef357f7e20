"""Patterns: what they find, that no text and no pattern makes them slow, and how a wrong one is refused."""

import pytest

from oneway.model.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a .+", "a cat", True),
        ("^[0-9]+$", "12", True),
        ("^[0-9]+$", "12\n", False),
        ("b", "abc", True),
        ("^b", "abc", False),
        ("(?i)CAT", "a cat", True),
        ("é.$", "caféß", True),
        ("four (purple|red) (?P<what>umbrellas)", "four red umbrellas", True),
        ("x", "\ud800x", True),
        ("", "", True),
    ],
)
def test_finds_what_matches_anywhere(pattern: str, text: str, found: bool) -> None:
    assert compile_pattern(pattern).found_in(text) is found


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "pattern",
    ["^(([0-9]+)*)*X$", "^(1+)+$y", "(1|1)*z", "^(1?){500}1{500}z", "(.*)(.*)(.*)(.*)(.*)(.*)(.*)q$", "(1*)*[^1]x"],
)
def test_takes_time_that_grows_with_the_text_alone(pattern: str) -> None:
    assert not compile_pattern(pattern).found_in("1" * 200_000)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", r"missing \)"),
        ("[a", r"missing \]"),
        ("*", "no argument for repetition"),
        ("a(?=b)", "no look-ahead"),
        ("a(?!b)", "no look-ahead"),
        ("(?<!a)b", "no look-behind"),
        (r"(a)\1", "no references back"),
        (r"a\Z", r"\\z"),
        ("a{2000}", "at most 1000"),
        ("((a{100}){100}){100}", "at most 1000"),
        ("\ud800", "half of a character"),
    ],
)
def test_says_what_is_wrong_and_what_to_write(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        compile_pattern(pattern)
    assert "\n" not in str(refused.value)
