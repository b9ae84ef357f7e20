"""`platform incidents` and `platform silence`, as they are typed, beside a monitor's file."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from oneway.monitor.core.incidents import Incident
from oneway.monitor.watch_memory import Memory

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"
SERVICE = "apiVersion: oneway/v1\nservice: {}\nversion: 1.0.0\nowner: ann\ndomain: core\n"


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/platform.yaml").write_text(PLATFORM)
    for name in ("shop", "stock"):
        (tmp_path / f"manifests/{name}.yaml").write_text(SERVICE.format(name))
    return tmp_path


@pytest.fixture
def memory(root: Path) -> Memory:
    """A monitor's file with one incident that is over and one that is not."""
    made = Memory(root / ".platform/monitor.db")
    over = Incident("i-1", "stock", "fails", 1_000.0, "answers", "got 500", ("shop",), sequence=2, closed=1_090.0)
    lasting = Incident("i-2", "shop", "fails", 2_000.0, "answers", "got\n503", sequence=1)
    assert made.save_incidents([("shop", lasting)], [("stock", over)], [])
    return made


def test_incidents_are_listed_with_cause_and_time(root: Path, memory: Memory) -> None:
    done = run(root, "incidents")
    assert done.returncode == 0, done.stderr
    head, lasting, over = done.stdout.splitlines()
    assert head.startswith("INCIDENT")
    assert ("i-2" in lasting, "open" in lasting, "i-1" in over, "90 s" in over, "got 500" in over) == (True,) * 5
    found = json.loads(run(root, "incidents", "--open", "--format", "json").stdout)
    assert (found["version"], [each["id"] for each in found["incidents"]]) == (1, ["i-2"])
    assert len(run(root, "incidents", "--lines", "1").stdout.splitlines()) == 2


def test_an_open_incident_is_taken_on_and_no_other(root: Path, memory: Memory) -> None:
    done = run(root, "incidents", "--acknowledge", "i-2", "--by", "bob", "--format", "json")
    assert [each["acknowledged"] for each in json.loads(done.stdout)["incidents"]] == ["bob"]
    assert memory.acknowledged() == {"i-2": "bob"}
    for wrong in (("--acknowledge", "i-1"), ("--acknowledge", "nothing"), ("--by", "bob")):
        refused = run(root, "incidents", *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "Traceback" not in refused.stderr


def test_without_a_monitor_there_is_nothing_and_nothing_is_made(root: Path) -> None:
    assert run(root, "incidents").stdout == "the monitor remembers no incident\n"
    assert run(root, "silence").stdout == "nothing is silenced\n"
    assert not (root / ".platform/monitor.db").exists()
    assert run(root, "incidents", "--acknowledge", "i-1").returncode == 2


def test_a_service_is_silenced_and_heard_again(root: Path) -> None:
    done = run(root, "silence", "shop", "--for", "2h", "--why", "its disk is changed")
    assert done.returncode == 0, done.stderr
    (silence,) = Memory(root / ".platform/monitor.db").silences()
    assert (silence.service, silence.why) == ("shop", "its disk is changed")
    assert 3600 < silence.until - time.time() <= 7200
    assert "its disk is changed" in run(root, "silence").stdout
    assert json.loads(run(root, "silence", "--format", "json").stdout)["silences"][0]["service"] == "shop"
    assert run(root, "silence", "shop", "--end").stdout == "nothing is silenced\n"
    assert run(root, "silence", "shop", "--end").returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("shop",),
        ("shop", "--for", "2h", "--end"),
        ("shop", "--for", "soon"),
        ("shop", "--for", "721h"),
        ("shop", "--for", "0s"),
        ("nowhere", "--for", "1h"),
        ("--for", "1h"),
        ("--end",),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused(root: Path, arguments: tuple[str, ...]) -> None:
    done = run(root, "silence", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert not (root / ".platform/monitor.db").exists()


@pytest.mark.parametrize("command", ["incidents", "silence"])
def test_a_file_that_is_none_of_the_monitors_is_said(root: Path, command: str) -> None:
    other = root / "other.db"
    other.write_bytes(b"this is no database at all, whatever it is" * 100)
    done = run(root, command, "--data", str(other))
    assert (done.returncode, done.stdout) == (1, "")
    assert "other.db cannot be used" in done.stderr
