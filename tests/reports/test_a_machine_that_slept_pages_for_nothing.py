"""A user sees: after the laptop was closed for the night, or the virtual machine paused, everything is red."""

import hostile_server as hostile
import msgspec
import pytest
from watched_services import BAD, GOOD, QUICK, Call, given, service, watching

from oneway.model import Duration
from oneway.monitor import steady_clock
from oneway.monitor.core.look import Health

EAGER = msgspec.structs.replace(QUICK, every=Duration(1), fail_after=1)


@pytest.mark.parametrize("hours", [0.01, 8, 24 * 30])
def test_what_was_under_way_when_it_fell_asleep_is_not_believed(hours: float, monkeypatch: pytest.MonkeyPatch) -> None:
    real, slept = steady_clock._since_boot, [0.0]
    monkeypatch.setattr(steady_clock, "_since_boot", lambda: real() + slept[0])
    with given(service("base")) as found, watching(found, EAGER) as watcher:
        watcher.looks(2)
        asked = list[int]()

        def silent(connection: object, stop: object) -> None:
            asked.append(1)
            hostile.say_nothing(connection, stop)  # type: ignore[arg-type]

        found.modes["base"] = silent
        watcher.until(lambda: bool(asked), "a look is under way")
        slept[0], found.modes["base"] = hours * 3600, GOOD
        watcher.looks(3)
        assert watcher.told.alerts == []
        assert watcher.board.counts[("base", "answers", "bad")] == 0
        watcher.until(lambda: watcher.engine.well, "it keeps up")
        found.modes["base"] = BAD
        watcher.until(lambda: bool(watcher.told.alerts), "a fault after it is told all the same")
        monkeypatch.undo()


def test_a_caller_waits_for_its_callee_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both broke, the caller was seen first, and then the machine slept."""
    real, slept = steady_clock._since_boot, [0.0]
    monkeypatch.setattr(steady_clock, "_since_boot", lambda: real() + slept[0])
    slow = msgspec.structs.replace(QUICK, every=Duration(2), fail_after=2)
    with given(service("base"), service("door", Call(to="base"))) as found, watching(found, slow) as watcher:
        watcher.looks(2)
        found.modes |= {"base": BAD, "door": BAD}
        watcher.until(lambda: watcher.board.standings[("door", "answers")].leaning is Health.BAD, "the door was seen")
        slept[0] = 3600.0
        watcher.until(lambda: bool(watcher.told.alerts), "somebody is told")
        watcher.looks(2)
        assert watcher.told.kinds == [("opened", "base")]
        monkeypatch.undo()
