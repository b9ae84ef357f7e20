"""Ending a replica: all that is left of it, and nobody else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from oneway.targets.local.processes import launch

MASTER = """
import signal, subprocess, sys
worker = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE)
worker.stdout.readline()
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
print(worker.pid, flush=True)
try:
    worker.wait()
finally:
    worker.terminate()
    worker.wait()
"""
# They live until they are ended, or until the test is gone and their standard input with it.
WORKER = "import sys; print(flush=True); sys.stdin.read()"
STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); sys.stdin.read()"

Started = tuple[subprocess.Popen[str], int]

told_by_proc = pytest.mark.skipif(sys.platform != "linux", reason="which process was left behind is told by /proc")


@pytest.fixture
def pid_file(tmp_path: Path) -> str:
    return str(tmp_path / "id.1.0.pid")


@pytest.fixture
def started(pid_file: str) -> Iterator[Started]:
    with _started(WORKER, pid_file) as found:
        yield found


@pytest.fixture
def unmarked(pid_file: str) -> Iterator[Started]:
    with _started(WORKER, pid_file + ".of-another") as found:
        yield found


@pytest.fixture
def stubborn(pid_file: str) -> Iterator[Started]:
    with _started(STUBBORN, pid_file) as found:
        yield found


def test_a_master_that_lives_is_asked_and_ends_its_worker(pid_file: str, started: Started) -> None:
    master, worker = started
    _write(pid_file, master)
    launch.end_process(pid_file)
    assert master.wait(5) == 0, "it ended by itself and was not killed"
    assert not _lives(worker)


@told_by_proc
def test_a_worker_that_outlived_its_master_is_ended(pid_file: str, started: Started) -> None:
    master, worker = started
    _write(pid_file, master)
    master.kill()
    master.wait()
    assert _lives(worker)
    launch.end_process(pid_file)
    assert not _lives(worker)


@told_by_proc
def test_a_worker_that_will_not_hear_is_made_to_end(
    pid_file: str, stubborn: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_PATIENCE", 0.3)
    master, worker = stubborn
    _write(pid_file, master)
    master.kill()
    master.wait()
    launch.end_process(pid_file)
    _await_end(worker)


@told_by_proc
def test_what_a_stubborn_master_leaves_is_asked_first_too(
    pid_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_PATIENCE", 2.0)
    asked = tmp_path / "asked"
    worker_program = (
        f"import pathlib, signal, sys; signal.signal(signal.SIGTERM, lambda *_: "
        f"(pathlib.Path({str(asked)!r}).touch(), sys.exit())); print(flush=True); sys.stdin.read()"
    )
    master_program = MASTER.replace("lambda *_: sys.exit()", "signal.SIG_IGN")
    with _started(worker_program, pid_file, master_program) as (master, worker):
        _write(pid_file, master)
        launch.end_process(pid_file)
        _await_end(worker)
        assert asked.exists()


@told_by_proc
def test_a_checkout_may_have_any_name(tmp_path: Path) -> None:
    odd = str(tmp_path / "caf\udce9.pid")
    with _started(WORKER, odd) as (master, worker):
        _write(odd, master)
        master.kill()
        master.wait()
        launch.end_process(odd)
        assert not _lives(worker)


def test_a_group_that_got_the_number_by_chance_is_left_alone(pid_file: str, unmarked: Started) -> None:
    master, worker = unmarked
    _write(pid_file, master)
    master.kill()
    master.wait()
    launch.end_process(pid_file)
    assert _lives(worker)


def test_a_process_that_got_the_number_by_chance_is_left_alone(pid_file: str, unmarked: Started) -> None:
    master, worker = unmarked
    Path(pid_file).write_text(f"{master.pid} another-birth")
    launch.end_process(pid_file)
    assert master.poll() is None
    assert _lives(worker)


@contextmanager
def _started(worker_program: str, pid_file: str, master_program: str = MASTER) -> Iterator[Started]:
    with subprocess.Popen(
        [sys.executable, "-c", master_program, worker_program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, launch.MARK: pid_file},
    ) as master:
        try:
            assert master.stdout is not None
            yield master, int(master.stdout.readline())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(master.pid, signal.SIGKILL)


def _write(pid_file: str, master: "subprocess.Popen[str]") -> None:
    Path(pid_file).write_text(f"{master.pid} {launch.start_time(master.pid)}")


def _lives(pid: int) -> bool:
    return bool(launch.start_time(pid))


def _await_end(pid: int) -> None:
    until = time.monotonic() + 5
    while _lives(pid) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _lives(pid)
