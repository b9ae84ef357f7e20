"""The one reader of YAML from outside: places, YAML 1.2's scalars, and bounds of time and memory."""

import contextlib
import tracemalloc

import pytest

from oneway.evidence import SourceFile, observe
from oneway.evidence.env_file import read_env_file
from oneway.evidence.yaml_reader import Map, Unreadable, place_of, read_yaml


def only(text: str) -> Map:
    (document,) = read_yaml(text.encode())
    assert isinstance(document, Map)
    return document


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("22:22", "22:22"),
        ("1_000", "1_000"),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-3", -3),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("~", None),
        ("", None),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("2024-01-01", "2024-01-01"),
    ],
)
def test_scalars_are_those_of_the_core_schema(written: str, value: object) -> None:
    found = only(f"a: {written}\n")["a"]
    assert (found, type(found)) == (value, type(value))


def test_values_know_their_place() -> None:
    document = only("a:\n  - b: 1\n  - c: {d: 2}\n")
    assert str(place_of(document["a"], 1, "x.yaml")) == "x.yaml:3:5"
    assert str(place_of(document["a"][1]["c"], "d", "x.yaml")) == "x.yaml:3:12"


def test_merge_keys_and_aliases_stay_below_what_stands_there() -> None:
    document = only("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: *a\n")
    assert document["c"] == {"x": 3, "y": 1, "z": 2}
    assert document["d"] == {"x": 1, "y": 1}


def doubling(lines: int, merge: bool) -> bytes:
    first = "a0: &a0 {k: v}\n" if merge else "a0: &a0 [x, x]\n"
    rest = (
        f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: v}}\n" if merge else f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n"
        for n in range(1, lines)
    )
    return (first + "".join(rest)).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (doubling(40, False), "more than"),
        (b"- " * 5000 + b"x", "nested more than"),
        (b"[" * 100_000, "nested more than"),
        (b"? " * 5000, "nested more than"),
        (b"a: *nothing", "alias"),
        (b"a: &a [*a]", "alias"),
        (b"<<: 3", "<< takes"),
        (b"a: b: c", "mapping values"),
        (b"\xff\xfe\xff", "not YAML"),
        (b"x" * (9 << 20), "more than 8 MiB"),
    ],
)
def test_what_is_no_sane_file_is_refused_with_its_place(content: bytes, reason: str) -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable, match=reason) as caught:
        list(read_yaml(content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.line >= 1
    assert peak < 60 << 20
    (note,) = observe([SourceFile("bad.yaml", content)]).notes
    assert note.startswith("bad.yaml:")
    assert not observe([SourceFile("bad.yaml", content)]).whole


@pytest.mark.parametrize("lines", [10, 18, 40, 400])
def test_merges_of_merges_stay_small(lines: int) -> None:
    tracemalloc.start()
    with contextlib.suppress(Unreadable):
        (document,) = read_yaml(doubling(lines, True))
        assert len(document[f"a{lines - 1}"]) == lines
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 << 20


def test_env_lines_that_double_are_told_with_their_line() -> None:
    lines = ["V0=xxxxxxxxxx"] + [f"V{n}=${{V{n - 1}}}${{V{n - 1}}}" for n in range(1, 45)]
    found, notes = read_env_file("\n".join(lines).encode(), ".env")
    assert len(found["V5"]) == 320
    assert str(notes[0]).startswith(".env:14:1: V13: it grows beyond")
    assert max(map(len, found.values())) <= 64_000


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A=plain # comment", "plain"),
        ("A=a#b", "a#b"),
        ("A='$X ${X}' # literal", "$X ${X}"),
        ('A="two\\nlines"', "two\nlines"),
        ("export A=x", "x"),
        ("A=", ""),
        ("A=${X:-d}", "d"),
        ('A="it is ${B}"', "it is b"),
        ("A=$$HOME", "$HOME"),
    ],
)
def test_env_files_have_compose_s_grammar(line: str, value: str) -> None:
    found, notes = read_env_file(f"B=b\n{line}\n".encode(), ".env")
    assert found["A"] == value
    assert notes == []


def test_an_odd_line_of_an_env_file_is_told() -> None:
    _, notes = read_env_file(b"A=1\n=x\n", ".env")
    assert [str(each) for each in notes] == [".env:2:1: not a line of NAME=value: not read"]
