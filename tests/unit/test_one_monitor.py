"""Two monitors never share a memory: the second says who has it, and the first's end, however it comes, frees it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oneway.application.one_monitor import held_alone
from oneway.errors import OnewayError

_HOLDER = """
import sys, pathlib
from oneway.application.one_monitor import held_alone
with held_alone(pathlib.Path(sys.argv[1])) as held:
    held.tell("http://127.0.0.1:1234/")
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_says_who_has_it_and_follows_when_that_one_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "monitor.db"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(OnewayError) as refused, held_alone(data):
            pass
        said = f"{refused.value.message} {refused.value.hint}"
        for words in (f"process {first.pid}", "http://127.0.0.1:1234/", f"kill {first.pid}", "--data"):
            assert words in said
        link = tmp_path / "other.db"
        data.touch()
        link.symlink_to(data)
        with pytest.raises(OnewayError), held_alone(link):
            pass
        with held_alone(tmp_path / "another.db"):
            pass
        os.kill(first.pid, signal.SIGKILL)
        first.wait(30)
    with held_alone(data):
        pass


@pytest.mark.parametrize("left", ["", "{", "[]", '{"pid": null}', "\x00"])
def test_what_a_dead_monitor_left_in_the_lock_is_no_obstacle(left: str, tmp_path: Path) -> None:
    (tmp_path / "m.db.lock").write_text(left)
    with held_alone(tmp_path / "m.db"), pytest.raises(OnewayError) as refused, held_alone(tmp_path / "m.db"):
        pass
    assert f"process {os.getpid()}" in refused.value.message


def test_where_no_lock_can_be_written_it_watches_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with held_alone(tmp_path / "file" / "m.db") as held:
        held.tell("http://127.0.0.1:1234/")
