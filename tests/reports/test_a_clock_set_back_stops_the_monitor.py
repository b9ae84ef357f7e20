"""A user sees: after the clock was set, the monitor looks at nothing for an hour, or pages for nothing."""

import time

import pytest
from watched_services import BAD, given, service, watching

HOUR = 3600.0


@pytest.mark.parametrize("step", [-HOUR, -24 * HOUR, HOUR, 400 * 24 * HOUR], ids=lambda step: f"{step / HOUR:+g} h")
def test_looks_go_on_and_nobody_is_paged(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    with given(service("base")) as found, watching(found) as watcher:
        watcher.looks(2)
        monkeypatch.setattr(time, "time", lambda: real() + step)
        watcher.looks(3)
        assert watcher.told.alerts == []
        assert watcher.board.counts[("base", "answers", "bad")] == 0
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "a fault after the step is told all the same")
        monkeypatch.undo()


def test_a_clock_that_swings_while_a_look_is_under_way_counts_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, swing = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: real() + (HOUR if next(swing) % 2 else -HOUR))
    with given(service("base")) as found, watching(found) as watcher:
        watcher.looks(4)
        assert watcher.told.alerts == []
        assert all(0 <= seconds < 60 for seconds in watcher.board.took.values())
    monkeypatch.undo()
