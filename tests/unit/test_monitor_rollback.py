"""A monitor that is killed while it puts a release back: the next says so, and puts nothing back a second time."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from watched_services import BAD, Told, given, release, service, watching

from oneway.model import ServiceMonitoring

pytestmark = pytest.mark.timeout(120)
DARING = service("base", monitoring=ServiceMonitoring(rollback=True))
_KILLED = """
import pathlib, sys, threading
sys.path[:0] = sys.argv[2].split(":")
from test_monitor_rollback import killed_half_way
killed_half_way(pathlib.Path(sys.argv[1]))
"""


def killed_half_way(data: Path) -> None:
    """The monitor of the process that is killed: its rollback begins, and never ends."""

    def roll_back(name: str) -> str:
        print("begun", flush=True)
        time.sleep(600)
        return "never"

    with given(DARING) as found:
        found.releases["base"] = msgspec.structs.replace(release(DARING, 2), committed=time.time())
        with watching(found, data=data, roll_back=roll_back) as watcher:
            watcher.looks(1)
            found.modes["base"] = BAD
            time.sleep(600)


@pytest.mark.parametrize("mended", [False, True])
def test_it_is_done_once_and_the_next_says_how_it_stands(tmp_path: Path, mended: bool) -> None:
    data, asked, told = tmp_path / "m.db", list[str](), Told()

    def roll_back(name: str) -> str:
        asked.append(name)
        return "1.0.0 serves again"

    folders = ":".join(each for each in sys.path if each)
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(data), f"{Path(__file__).parent}:{folders}"],
        stdout=subprocess.PIPE,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "begun\n"
        os.kill(first.pid, signal.SIGKILL)
    with given(DARING) as found:
        found.releases["base"] = msgspec.structs.replace(release(DARING, 2), committed=time.time())
        found.modes["base"] = found.modes["base"] if mended else BAD
        with watching(found, data=data, told=told, roll_back=roll_back) as watcher:
            watcher.until(lambda: "notice" in [kind for kind, _ in told.kinds], "it is told how that ended")
            watcher.looks(4)
        with watching(found, data=data, told=told, roll_back=roll_back) as watcher:
            watcher.looks(3)
    assert asked == [], "nobody knows how far the first one came: a person looks"
    (notice,) = [each for each in told.alerts if each["kind"] == "notice"]
    assert "the monitor ended while it put release 2 back" in notice["state"]
    assert "platform history base" in notice["state"]
    assert ("resolved" in [each["kind"] for each in told.alerts]) == mended
    assert len({each["id"] for each in told.alerts}) == len(told.alerts), (
        "what the first had told is told no second time"
    )
