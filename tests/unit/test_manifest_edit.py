"""One number is written into a manifest, and every other byte stays."""

from difflib import SequenceMatcher

import pytest

from oneway.manifest.edit import set_number
from oneway.manifest.parse import parse_text

HEAD = "# who\napiVersion: oneway/v1   # one\nservice: a\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("summary: b", "summary: b\nload: {per_replica: 12.5}"),
        ("load: {per_replica: 10}   # ten\nslo: {}\n", "load: {per_replica: 12.5}   # ten\nslo: {}\n"),
        ("load: {requests_per_second: 5}\n", "load: {requests_per_second: 5, per_replica: 12.5}\n"),
        ("load: { }  # none\n", "load: {per_replica: 12.5 }  # none\n"),
        ("load:\n", "load: {per_replica: 12.5}\n"),
        ("load: null # x\nslo: {}\n", "load: {per_replica: 12.5} # x\nslo: {}\n"),
        (
            "load:\n    requests_per_second: 5  # five\n    # more\n\nslo: {}\n",
            "load:\n    per_replica: 12.5\n    requests_per_second: 5  # five\n    # more\n\nslo: {}\n",
        ),
        ("load:\n  per_replica: 1e1\n", "load:\n  per_replica: 12.5\n"),
        ("load: {\n  per_replica: 3,  # old\n}\n", "load: {\n  per_replica: 12.5,  # old\n}\n"),
        ("smoke:\n- name: x\n# last", "smoke:\n- name: x\n# last\nload: {per_replica: 12.5}"),
        ("summary: ä — ö\nload: {per_replica: 3}\n", "summary: ä — ö\nload: {per_replica: 12.5}\n"),
        ("summary: 'load: {per_replica: 3}'\n", "summary: 'load: {per_replica: 3}'\nload: {per_replica: 12.5}\n"),
        ('"load": {"per_replica": 3}\n', '"load": {"per_replica": 12.5}\n'),
    ],
)
def test_the_rest_stays_byte_for_byte(before: str, after: str) -> None:
    assert set_number((HEAD + before).encode(), "load", "per_replica", 12.5).decode() == HEAD + after


def test_line_ends_of_windows_and_json_stay_what_they_are() -> None:
    windows = (HEAD + "load:\n  requests_per_second: 5\n").replace("\n", "\r\n").encode()
    edited = set_number(windows, "load", "per_replica", 3)
    assert edited.count(b"\n") == edited.count(b"\r\n") == windows.count(b"\n") + 1
    json = set_number(b'{"service": "a", "smoke": []}', "load", "per_replica", 3)
    assert json == b'{"service": "a", "smoke": [], "load": {"per_replica": 3}}'


def test_the_environments_own_number_is_the_one_that_is_written() -> None:
    text = HEAD + "load: {per_replica: 1}\nenvironments:\n  prod: {load: {per_replica: 2}}  # two\n"
    edited = set_number(text.encode(), "load", "per_replica", 7, ("environments", "prod")).decode()
    assert edited == text.replace("{per_replica: 2}", "{per_replica: 7}")


@pytest.mark.parametrize(
    "load", ["load: 3\n", "load: [1]\n", "load: {per_replica: {a: 1}, per_replica: 2}\n", "\t- x\n"]
)
def test_what_only_its_author_can_change_is_refused(load: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        set_number((HEAD + load).encode(), "load", "per_replica", 12.5)


def test_the_manifests_of_the_samples_change_by_one_number(request: pytest.FixtureRequest) -> None:
    for path in sorted((request.config.rootpath / "manifests").glob("[cgi]*.yaml")):
        before = path.read_bytes()
        after = set_number(before, "load", "per_replica", 123.25)
        changed = [each for each in SequenceMatcher(None, before, after, False).get_opcodes() if each[0] != "equal"]
        assert after != before
        assert sum(end - start for _, start, end, _, _ in changed) <= 4
        data, old = parse_text(path.name, after), parse_text(path.name, before)
        assert data["load"].pop("per_replica") == 123.25
        old["load"].pop("per_replica")
        assert data == old
