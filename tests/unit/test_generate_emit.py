from typing import Any

import pytest
import yaml
import yaml_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.generate import yaml_text

TRICKY = [
    "yes",
    "No",
    "on",
    "y",
    "~",
    "null",
    "",
    "1",
    "0o17",
    "017",
    "1e3",
    "1_000",
    "12:30",
    "2020-01-01",
    ".inf",
    "-",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "'a'",
    '"a"',
    "{a}",
    "[a]",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "<<",
    "=",
    "a:",
    ":a",
    " a",
    "a ",
    "a\n",
    "\na",
    "a\n\nb\n",
    "a\n ",
    " a\nb",
    "a\tb\n",
    "\ta\nb",
    "a\r\nb",
    "---",
    "--- a",
    "...",
    "# x\ny\n",
    "x\x85y",
    "\u2028",
    "\ufeffa",
    "a\x00b",
    "\x7f",
    "😀",
    "500m",
    "1Gi",
    "12Mi",
    "0x1F",
    "'{\"a\": 1}'",
    "a\u0301",
    "|",
    ">",
    "?",
    "? a",
]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(TRICKY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(TRICKY), inner, max_size=4),
    max_leaves=12,
)
documents = st.dictionaries(st.text(min_size=1), values, min_size=1, max_size=4)


@pytest.mark.parametrize("text", TRICKY)
def test_a_tricky_text_stays_what_it_is(text: str) -> None:
    document = {"a": text, text: ["b", text], "c": [[text], {"d": text}]}
    written = yaml_text([document])
    assert yaml.safe_load(written) == document
    assert yaml_rs.loads(written, parse_datetime=False) == document


@settings(deadline=None)
@given(documents)
def test_readers_of_both_yaml_versions_read_what_was_written(document: dict[str, Any]) -> None:
    written = yaml_text([document])
    assert yaml.safe_load(written) == document
    assert yaml_rs.loads(written, parse_datetime=False) == document


@settings(deadline=None)
@given(st.lists(documents, min_size=1, max_size=3))
def test_every_document_stays_one(written: list[dict[str, Any]]) -> None:
    assert list(yaml.safe_load_all(yaml_text(written))) == written


def test_lone_surrogates_are_escaped_so_that_the_file_can_be_written() -> None:
    assert yaml_text([{"a": "x\ud800"}]) == 'a: "x\\ud800"\n'


def test_people_can_read_it() -> None:
    document = {
        "name": "id",
        "version": "1.0.0",
        "memory": "256Mi",
        "replicas": 2,
        "ready": True,
        "none": {},
        "ports": [{"name": "http", "port": 80}, {"name": "admin"}],
        "nested": [["a"], []],
        "file": "[greeting]\ntext = 1\n",
        "json": '{"a": "it\'s"}',
    }
    assert yaml_text([document]) == (
        "name: id\n"
        'version: "1.0.0"\n'
        "memory: 256Mi\n"
        "replicas: 2\n"
        "ready: true\n"
        "none: {}\n"
        "ports:\n"
        "  - name: http\n"
        "    port: 80\n"
        "  - name: admin\n"
        "nested:\n"
        "  - - a\n"
        "  - []\n"
        "file: |\n"
        "  [greeting]\n"
        "  text = 1\n"
        "json: '{\"a\": \"it''s\"}'\n"
    )
