"""Variables in compose files, case by case of the compose specification."""

import pytest

from oneway.evidence.interpolation import fill

SET = {"SET": "value", "EMPTY": "", "NAME": "SET"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$SET", "value"),
        ("${SET}", "value"),
        ("${SET:-d}", "value"),
        ("${EMPTY:-d}", "d"),
        ("${UNSET:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${UNSET-d}", "d"),
        ("${SET:+a}", "a"),
        ("${EMPTY:+a}", ""),
        ("${EMPTY+a}", "a"),
        ("${UNSET+a}", ""),
        ("${SET:?must}", "value"),
        ("${UNSET:-${SET}}", "value"),
        ("${UNSET:-${EMPTY:-deep}}", "deep"),
        ("${UNSET:-$SET-x}", "value-x"),
        ("${SET:+${UNSET:-a}}", "a"),
        ("$$SET", "$SET"),
        ("$${SET}", "${SET}"),
        ("a$", "a$"),
        ("$1", "$1"),
        ("${", "${"),
        ("${SET", "${SET"),
        ("http://${UNSET:-orders}:${UNSET:-80}/", "http://orders:80/"),
        ("${UNSET:-}", ""),
    ],
)
def test_every_form(text: str, filled: str) -> None:
    assert fill(text, SET) == filled


@pytest.mark.parametrize("text", ["$UNSET", "${UNSET}", "${UNSET:?say it}", "${EMPTY:?say it}"])
def test_what_is_set_nowhere_is_heard_of(text: str) -> None:
    heard: list[str] = []
    assert fill(text, SET, heard.append) == ""
    assert heard == ["EMPTY" if "EMPTY" in text else "UNSET"]


def test_nesting_ends() -> None:
    assert len(fill("${A:-" * 5000 + "}" * 5000, {})) <= 64_000
