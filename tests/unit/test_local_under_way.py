"""Which requests have no answer yet, told from what Caddy writes when they begin and when they are answered."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.targets.local.proxy.under_way import ANSWERED, BEGUN, UnderWay

DIAL, OTHER = "127.0.0.1:20010", "127.0.0.1:20020"


def begun(at: float, dial: str = DIAL) -> str:
    return json.dumps({"msg": BEGUN, "ts": at, "dial": dial})


def answered(at: float, seconds: float, dial: str = DIAL) -> str:
    return json.dumps({"msg": ANSWERED, "ts": at, "duration": seconds, "upstream": dial})


def waits(folder: Path, *looks: tuple[float, list[str]]) -> list[tuple[int, float]]:
    """What is waited for after looks at those times, each after those lines."""
    file, now = folder / "pace.log", [0.0]
    file.write_text("")
    under_way = UnderWay(file, lambda: now[0])
    for moment, lines in looks:
        with file.open("a") as log:
            log.writelines(f"{line}\n" for line in lines)
        now[0] = moment
        under_way.read()
    under_way.close()
    return [(each.release, each.seconds) for each in under_way.waiting({DIAL: 1, OTHER: 2}) if each.waiting]


def test_what_began_and_has_no_answer_is_waited_for(tmp_path: Path) -> None:
    found = waits(tmp_path, (10.0, [begun(100.0), begun(100.1), answered(100.2, 0.1)]), (12.0, [begun(102.0, OTHER)]))
    assert [release for release, _ in found] == [1, 2]
    assert [seconds for _, seconds in found] == pytest.approx([2.2, 0.0])


def test_whoever_looks_late_sees_since_when_each_waits(tmp_path: Path) -> None:
    looks = (10.0, [begun(100.0)]), (12.0, [begun(100.5), begun(101.5), begun(102.0)])
    assert [seconds for _, seconds in waits(tmp_path, *looks)] == pytest.approx([2.0, 1.5, 0.5, 0.0])


def test_nothing_began_before_the_look_before(tmp_path: Path) -> None:
    """A clock that was set back and forth between two lines."""
    looks = (10.0, [begun(100.0)]), (11.0, [begun(7.0), begun(101.0)])
    assert max(seconds for _, seconds in waits(tmp_path, *looks)) == pytest.approx(1.0)


def test_a_clock_that_is_set_makes_nobody_wait_longer(tmp_path: Path) -> None:
    assert waits(tmp_path, (10.0, [begun(100.0)]), (11.0, [begun(86500.0)])) == [(1, 1.0), (1, 0.0)]


def test_an_answer_to_what_began_before_takes_nothing_away(tmp_path: Path) -> None:
    ((release, seconds),) = waits(tmp_path, (10.0, [begun(100.0), answered(100.1, 30.0)]))
    assert (release, round(seconds, 3)) == (1, 0.1)


def test_broken_lines_say_nothing(tmp_path: Path) -> None:
    lines = ["{half", "[]", '{"msg": "selected upstream"}', '{"msg": "other"}', begun(1.0)]
    assert waits(tmp_path, (10.0, lines)) == [(1, 0.0)]


@given(st.lists(st.tuples(st.integers(0, 4000), st.one_of(st.none(), st.integers(0, 900))), max_size=80))
def test_exactly_those_without_an_answer_are_waited_for(requests: list[tuple[int, int | None]]) -> None:
    """Requests that begin after some milliseconds and take so many more, or for ever, as they are written down."""
    lines: list[tuple[float, str]] = []
    for start, took in requests:
        lines.append((start / 1000, begun(start / 1000)))
        if took is not None:
            lines.append(((start + took) / 1000, answered((start + took) / 1000 + 0.0002, took / 1000)))
    under_way = UnderWay(Path("/nowhere/pace.log"), lambda: 0.0)
    for _, line in sorted(lines, key=lambda each: (each[0], ANSWERED in each[1])):
        under_way._take(json.loads(line), 0.0)
    expected = sum(1 for _, took in requests if took is None)
    assert len(under_way.waiting({DIAL: 1})) == expected
