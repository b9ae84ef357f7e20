"""Whatever stands in a file, the loader answers with values and located findings, and never with a traceback."""

from datetime import date
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.errors import Location
from oneway.manifest import load, locate
from oneway.manifest.decode import decode
from oneway.manifest.diagnose import diagnose
from oneway.model import Platform, Service
from oneway.rules import audit

PLATFORM = (
    b"apiVersion: oneway/v1\nplatform: p\nowners: {o: {}}\ndomains: {d: {}}\nenvironments: {prod: {target: local}}\n"
)
SERVICE: dict[str, Any] = {"apiVersion": "oneway/v1", "service": "a", "version": "1.0.0", "owner": "o", "domain": "d"}
HEAD = yaml.safe_dump(SERVICE).encode()

words = st.sampled_from(
    [*Service.__struct_encode_fields__, *Platform.__struct_encode_fields__, "to", "timeout", "prod"]
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["a", "b", "1.0.0", "200ms", "1.5h", ">=1,<2", "500m", "2027-01-31", "/x", "yes", "NO", "а"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4), max_leaves=12
)
manifests = st.dictionaries(words, values, max_size=5).map(lambda some: SERVICE | some)
FRAGMENTS = """--- |&x |*x|!t |? |- |: |<<: |[|{|'|"|%YAML 1.1|...|calls:|environments: {prod: |#|\\"""
fragments = st.sampled_from(
    [each.encode() for each in FRAGMENTS.split("|")]
    + [b"|\n", b"\t", b"\r", b"\n", b"\xef\xbb\xbf", b"\x00", b"\xff", "\u202e".encode()]
)


def read(content: bytes, environment: str | None = None) -> None:
    contents = {"platform.yaml": PLATFORM, "a.yaml": content}
    loaded = load(contents.items(), environment)
    for each in locate(audit(loaded, date(2026, 1, 1)), contents.__getitem__, environment):
        assert isinstance(each.location, Location)
        assert each.location.line >= 1
        assert each.location.column >= 1
        assert each.message
        assert each.message.isprintable()
    assert ("a" in loaded.system.services) or loaded.findings


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_bytes(content: bytes) -> None:
    read(content)
    read(HEAD + content)


@settings(max_examples=300, deadline=None)
@given(st.lists(fragments | st.binary(max_size=4), max_size=12), st.booleans())
def test_pieces_of_yaml(pieces: list[bytes], after: bool) -> None:
    read(HEAD + b"".join(pieces) if after else b"".join(pieces) + HEAD)


@settings(max_examples=300, deadline=None)
@given(manifests, st.sampled_from([None, "prod"]))
def test_values_in_the_wrong_places(manifest: dict[str, Any], environment: str | None) -> None:
    read(yaml.safe_dump(manifest, allow_unicode=True).encode("utf-8", "replace"), environment)


@settings(max_examples=300, deadline=None)
@given(manifests)
def test_faults_are_found_exactly_where_decoding_fails(manifest: dict[str, Any]) -> None:
    faults = diagnose(manifest, Service)
    try:
        decode(manifest, Service)
    except ValueError:
        assert faults
    else:
        assert not faults


@settings(max_examples=50, deadline=None)
@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_files_makes_no_difference(names: list[str]) -> None:
    files = [
        (f"{name}.yaml", HEAD.replace(b"service: a", f"service: {name}".encode()) + b"calls: [{to: a}]\n")
        for name in names
    ]
    found = locate(audit(load(files), date(2026, 1, 1)), dict(files).__getitem__)
    again = locate(audit(load(sorted(files)), date(2026, 1, 1)), dict(files).__getitem__)
    assert found == again
