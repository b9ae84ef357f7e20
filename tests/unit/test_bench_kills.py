"""What the kill matrix calls good, and what it does not."""

from dataclasses import replace

import pytest

from tools.bench.kills import Kill, Row

GOOD = Row(
    kill=Kill("tool", "begin shift 50%", then="up"),
    old="1.1.0",
    new="1.2.0",
    ended=None,
    said="release 2 was cut off",
    carried=0,
    served=("1.1.0",),
    live="1.1.0",
    healthy=True,
    unfinished=False,
    lost=0,
    asked=200,
)
CADDY = replace(GOOD, kill=Kill("caddy", "begin bake", then="up"), ended=0, said="", served=("1.2.0",), live="1.2.0")
CLOCK = replace(CADDY, kill=Kill("clock forth", "begin bake", then="up"))
DISK = replace(GOOD, kill=Kill("disk", "begin bake", then="up"), ended=1)
DEPLOYED = replace(GOOD, kill=Kill("tool", "begin smoke"), served=("1.2.0",), live="1.2.0")


@pytest.mark.parametrize("row", [GOOD, CADDY, CLOCK, DISK, DEPLOYED, replace(CADDY, lost=7)])
def test_nothing_is_wrong_with_a_good_row(row: Row) -> None:
    assert row.faults() == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (replace(GOOD, served=("1.1.0", "1.2.0")), "it is not one release that serves"),
        (replace(GOOD, served=("1.2.0",)), "the records say 1.1.0 serves"),
        (replace(GOOD, served=("1.2.0",), live="1.2.0"), "1.1.0 was to serve"),
        (replace(GOOD, old=None), "None was to serve"),
        (replace(GOOD, healthy=False), "it is not healthy"),
        (replace(GOOD, unfinished=True), "something is left to do"),
        (replace(GOOD, carried=1), "`up` ended with 1"),
        (replace(GOOD, said="healthy"), "`status` said nothing of 'was cut off'"),
        (replace(GOOD, lost=1), "1 requests were lost"),
        (replace(GOOD, asked=0), "nobody asked"),
        (replace(CADDY, lost=100), "100 requests were lost"),
        (replace(CADDY, ended=3), "the deploy ended with 3"),
        (replace(DISK, said="healthy"), "`status` said nothing of 'was cut off'"),
        (replace(CLOCK, ended=1), "the deploy ended with 1"),
        (replace(DEPLOYED, served=("1.1.0",), live="1.1.0"), "1.2.0 was to serve"),
    ],
)
def test_every_fault_is_told(row: Row, fault: str) -> None:
    assert fault in row.faults()
