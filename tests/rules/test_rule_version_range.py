"""Ranges that the callee's version lies outside of."""

from collections.abc import Callable

import pytest

from oneway.errors import Finding
from oneway.model.versions import accepts

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def test_names_both_places(system: System, said: Said) -> None:
    files = system(caption='calls:\n  - to: id\n    version: ">=1.0,<2"\n', id="version: 2.0.0\n")
    (found,) = said("version-range", files)
    assert str(found.location) == "caption.yaml:8:5"
    assert found.message == "caption asks for id >=1.0,<2, which is 2.0.0"
    assert [str(each.location) for each in found.related] == ["id.yaml:6:1"]


def test_a_range_that_is_none(system: System, places: Places) -> None:
    files = system(caption='calls: [{to: id, version: ">=1.*"}]\n', id="")
    (found,) = places("version-range", files)
    assert found.startswith("caption.yaml:6:18 the range '>=1.*' cannot be read")


def test_a_range_is_read_whoever_is_called(system: System, places: Places) -> None:
    files = system(caption='calls: [{to: idd, version: ">=1.*"}, {to: maps, version: "1.2.3.4"}]\n')
    files["platform.yaml"] += "externals: {maps: {}}\n"
    assert [each.partition(" cannot")[0] for each in places("version-range", files)] == [
        "caption.yaml:6:19 the range '>=1.*'",
        "caption.yaml:6:49 the range '1.2.3.4'",
    ]


@pytest.mark.parametrize(
    ("version", "wanted", "holds"),
    [
        ("1.4.2", ">=1.0,<2", True),
        ("2.0.0", ">=1.0,<2", False),
        ("2.0.0-rc.1", "<2", False),
        ("2.0.0-rc.1", "<2.0.0-rc.2", True),
        ("1.2.0-rc.1", ">=1.2.0", False),
        ("1.2.0", ">1.2.0-rc.1", True),
        ("1.2.0-alpha.9", ">1.2.0-alpha.10", False),
        ("1.2.0-alpha", ">1.2.0-9", True),
        ("1.2.7", "1.2", True),
        ("1.2.7", "==1.2.*", True),
        ("1.3.0", "!=1.2.*", True),
        ("1.2.7", "==1.2.7", True),
        ("1.2.7", "!=1.2.7", False),
        ("1.9.0", "~=1.4", True),
        ("2.0.0", "~=1.4", False),
        ("1.5.0", "~=1.4.2", False),
        ("1.4.9", "~=1.4.2", True),
        ("1.4.1", "~=1.4.2", False),
        ("1.0.0", "<=1", True),
        ("10.0.0", ">9.9.9", True),
    ],
)
def test_ranges(version: str, wanted: str, holds: bool) -> None:
    assert accepts(wanted, version) is holds
