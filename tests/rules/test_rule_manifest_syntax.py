"""What is no manifest's text: one finding with its place, in bounded time, and never a traceback."""

import time
from collections.abc import Callable

import pytest

from oneway.manifest import load, locate

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]

HEAD = b"apiVersion: oneway/v1\nservice: a\nversion: 1.0.0\nowner: ann\ndomain: core\n"
BOMB = b"".join(
    b"%s: &%s [%s]\n" % (name, name, b",".join([b"*" + before] * 10) if before else b"1,1,1,1,1,1,1,1,1,1")
    for before, name in zip([b"", b"a", b"b", b"c", b"d", b"e"], [b"a", b"b", b"c", b"d", b"e", b"f"], strict=True)
)


def found(content: bytes) -> list[str]:
    """What is said about one manifest beside a good platform.yaml."""
    contents = {"platform.yaml": b"apiVersion: oneway/v1\nplatform: sample\n", "a.yaml": content}
    return [
        f"{each.location} {each.message} ({each.rule})"
        for each in locate(load(contents.items()).findings, contents.__getitem__)
    ]


@pytest.mark.parametrize(
    ("content", "place", "message"),
    [
        (b"", "1:1", "the file is empty"),
        (b"# only words\n", "1:1", "the file is empty"),
        (b"- a\n- b\n", "1:1", "a manifest is one mapping of fields"),
        (b"just words\n", "1:1", "a manifest is one mapping of fields"),
        (HEAD + b"---\na: 1\n", "6:1", "a second document in one file"),
        (HEAD + b"---\n", "6:1", "a second document in one file"),
        (b"\xef\xbb\xbf" + HEAD, "1:1", "the file starts with a byte-order mark"),
        (HEAD.decode().encode("utf-16"), "1:1", "the file starts with a byte-order mark"),
        (HEAD + b"summary: \xe4\n", "6:10", "the file is not UTF-8"),
        (HEAD + b"summary: a\x00b\n", "6:11", "a control character, 0x00"),
        (HEAD + b"summary: a\x1b[31mb\n", "6:11", "a control character, 0x1b"),
        (HEAD + "summary: a\u202eb\n".encode(), "6:11", "an invisible character, U+202E"),
        (HEAD + "summary: a\u200bb\n".encode(), "6:11", "an invisible character, U+200B"),
        (HEAD + b"\tsummary: x\n", "6:1", "a tab indents this line"),
        (HEAD + b"env:\n\tA: b\n", "7:1", "a tab indents this line"),
        (HEAD + b"env:\n  \tA: b\n  B: c\n", "7:3", "a tab indents this line"),
        (HEAD + b"service: b\n", "6:1", "key 'service' is written twice; it stands in line 2 already"),
        (HEAD + b"env: {A: 1, A: 2}\n", "6:13", "key 'A' is written twice; it stands in line 6 already"),
        (
            HEAD + b"summary: !!python/object:os.system x\n",
            "6:10",
            "an explicit tag, tag:yaml.org,2002:python/object:os.system",
        ),
        (HEAD + b"summary: !foo x\n", "6:10", "an explicit tag, !foo"),
        (HEAD + b"summary: &x [*x]\n", "6:14", "*x stands inside what it names"),
        (HEAD + b"env: &x\n  A: *x\n", "7:6", "*x stands inside what it names"),
        (HEAD + "env: &é {A: *é}\n".encode(), "6:7", "YAML that parsers read differently"),
        (HEAD + b"env: &x: {A: *x:}\n", "6:8", "YAML that parsers read differently"),
        (HEAD + BOMB, "6:4", "aliases multiply to more than 10,000 values"),
        (HEAD + b"summary: *gone\n", "6:10", "not valid YAML: while parsing node, found unknown anchor"),
        (HEAD + b"x: " + b"[" * 60 + b"]" * 60 + b"\n", "6:44", "nested more than 40 levels deep"),
        (HEAD + b"x: " + b"[" * 100_000 + b"\n", "6:259", "nested more than 40 levels deep"),
        (HEAD + b"x: " + b"{a: " * 100_000 + b"\n", "6:1024", "nested more than 40 levels deep"),
        (HEAD + b"x:\n  " + b"- " * 100 + b"y\n", "7:83", "nested more than 40 levels deep"),
        (HEAD + b"x:\n  " + b"- " * 100_000 + b"y\n", "7:3", "nested more than 40 levels deep"),
        (HEAD + b"x:\n  " + b"? " * 100_000 + b"y\n", "7:3", "nested more than 40 levels deep"),
        (HEAD + b"x:\n  " + b"? - " * 50_000 + b"y\n", "7:3", "nested more than 40 levels deep"),
        (HEAD + b"env: {404: x}\n", "6:7", "the key 404 is not a word"),
        (HEAD + b"env: {true: x}\n", "6:7", "the key true is not a word"),
        (HEAD + b"env: {~: x}\n", "6:7", "the key ~ is not a word"),
        (HEAD + b"env: {? [a, b] : x}\n", "6:9", "the key of several values is not a word"),
        (HEAD + b"smoke: [{name: x, {a: 1}}]\n", "6:19", "the key of several values is not a word"),
        (HEAD + b"replicas: " + b"9" * 5000 + b"\n", "6:11", "a number beyond 64 bits"),
        (HEAD + b"replicas: 18446744073709551616\n", "6:11", "a number beyond 64 bits"),
        (HEAD + b"summary: [\n", "6:10", "not valid YAML: unclosed bracket '['"),
        (HEAD + b"  x: 1\n", "6:4", "not valid YAML: mapping values are not allowed in this context"),
    ],
)
def test_is_one_finding_at_its_place(content: bytes, place: str, message: str) -> None:
    started = time.monotonic()
    assert found(content) == [f"a.yaml:{place} {message} (manifest-syntax)"]
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "text",
    [
        b"summary: Ships & bills * twice! 100%\n",
        b"summary: '&x !y *z'\n",
        b"env: &common {A: b}\nconfig: {}\nenvironments: {}\n",
        b"summary: |\n  \tindented by a tab inside\n",
        b"# a comment with - *stars* and !bangs\n",
        "summary: naïve café, 画像, 👩\u200d👧\n".encode(),
        b"summary: a\r\n",
    ],
)
def test_what_only_looks_odd_passes(text: bytes) -> None:
    assert [each for each in found(HEAD + text) if "(manifest-syntax)" in each] == []


def test_an_alias_to_a_finished_value_passes() -> None:
    text = b"env: {A: &a x, B: *a}\n"
    assert found(HEAD + text) == []


def test_documents_marked_once_pass() -> None:
    assert found(b"---\n" + HEAD) == []
    assert found(b"%YAML 1.2\n---\n" + HEAD + b"...\n") == []


def test_a_megabyte_is_enough() -> None:
    assert found(HEAD + b"#" * (1 << 20)) == [
        f"a.yaml:1:1 the file has {(1 << 20) + len(HEAD)} bytes, more than 1048576 (manifest-syntax)"
    ]


def test_one_bad_file_hides_no_other(system: System, places: Places) -> None:
    files = system(b="calls: [{to: b}]\n") | {"a.yaml": "a: [", "c.yaml": "\tc"}
    assert [each.partition(" ")[0] for each in places("manifest-syntax", files)] == ["a.yaml:1:4", "c.yaml:1:1"]
    assert len(places("self-call", files)) == 1
