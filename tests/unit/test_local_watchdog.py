"""Who watches over the replicas: whom it ends, when, and whom it leaves alone."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from oneway.targets.local.processes import endings, launch, watchdog
from oneway.targets.local.processes.endings import Ending
from oneway.targets.local.processes.launch import Launch, Life
from oneway.targets.local.processes.living import Heard, answers_users
from oneway.targets.local.processes.memory import process_groups, resident_bytes

told_by_proc = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is told by /proc")
LIFE = Life(port=1, path="/livez", every=1.0, within=1.0, failures=3, startup=100.0)


class Asked:
    """Answers at once what it was told to, or keeps who asks waiting."""

    def __init__(self) -> None:
        self.reason, self.silence, self.waits = "", False, False
        self.waiting: list[Future[Heard]] = []

    def __call__(self, life: Life) -> "Future[Heard]":
        answer: Future[Heard] = Future()
        if self.waits:
            self.waiting.append(answer)
        else:
            answer.set_result(Heard(self.reason, self.silence))
        return answer

    def answer_first(self, reason: str = "") -> None:
        """Answer who has waited longest."""
        self.waiting.pop(0).set_result(Heard(reason))


class Room:
    """One replica that really runs, and a clock that is set by hand."""

    def __init__(self, folder: Path, process: "subprocess.Popen[str]", life: Life | None, memory: int | None) -> None:
        self.folder, self.process, self.asked, self.now = folder, process, Asked(), 1000.0
        self.file = folder / "id.1.0.pid"
        self.file.write_text(f"{process.pid} {launch.start_time(process.pid)}")
        self.ended_file = str(folder / "id.1.0.ended")
        start = Launch(
            command=[],
            environment={},
            folder="",
            pid_file=str(self.file),
            starts_file="",
            open_files=1,
            memory=memory,
            live=life,
            lock=str(folder / "id"),
            ended_file=self.ended_file,
            access_log=str(folder / "access.log"),
        )
        (folder / "id.1.0.json").write_text(start.to_json())
        (self.watched,) = watchdog.read_launches(folder, {}).values()

    def look(self, seconds: float = 0.5, times: int = 1) -> None:
        for _ in range(times):
            watchdog.look(self.watched, process_groups(), self.asked, self.now)
            self.now += seconds

    @property
    def ending(self) -> Ending:
        return endings.read_ending(self.ended_file)

    def ends(self) -> int:
        return self.process.wait(10)


@pytest.fixture
def process() -> Iterator["subprocess.Popen[str]"]:
    with _started("held = b'x' * (64 << 20)") as started:
        yield started


@pytest.fixture
def deaf() -> Iterator["subprocess.Popen[str]"]:
    with _started("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)") as started:
        yield started


@contextmanager
def _started(text: str) -> Iterator["subprocess.Popen[str]"]:
    """A program that leads a group of its own, has done what the text says, and lives until the test is over."""
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys\n{text}\nprint(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            started.stdout.readline()
            yield started
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


def _room(folder: Path, process: "subprocess.Popen[str]", life: Life | None = LIFE, memory: int | None = None) -> Room:
    return Room(folder, process, life, memory)


def test_as_many_failures_in_a_row_as_declared_end_it(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, process)
    room.look(times=4)
    room.asked.reason = "/livez answers 500"
    room.look(times=5)
    assert room.ending.pid == 0, "two failures are not three"
    room.look(times=2)
    assert room.ends() == -signal.SIGTERM
    assert room.ending.reason == "/livez answers 500, 3 times in a row"


def test_an_answer_in_between_starts_the_count_again(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, process)
    for _ in range(5):
        room.asked.reason = "/livez answers 500"
        room.look(times=4)
        room.asked.reason = ""
        room.look(times=2)
    assert room.ending.pid == 0
    assert process.poll() is None


def test_who_has_not_answered_yet_has_the_time_that_starting_may_take(
    tmp_path: Path, process: "subprocess.Popen[str]"
) -> None:
    room = _room(tmp_path, process)
    room.asked.reason = "nothing listens on its port"
    room.look(times=190)
    assert room.ending.pid == 0
    room.look(times=30)
    assert room.ending.reason == "nothing listens on its port, 3 times in a row"


def test_a_silent_one_is_ended_as_soon_as_one_that_says_that_it_is_broken(
    tmp_path: Path, process: "subprocess.Popen[str]"
) -> None:
    room = _room(tmp_path, process)
    room.look(times=2)
    room.asked.waits = True
    room.look(times=6)
    assert room.ending.pid == 0, "asked at 0, 1 and 2 seconds, of which two had a second to answer"
    room.look(times=2)
    assert room.ends() == -signal.SIGTERM
    assert room.ending.reason == "/livez gives no answer within 1 s, 3 times in a row"


def test_who_answers_late_lives_and_who_is_late_with_a_bad_answer_failed_once(
    tmp_path: Path, process: "subprocess.Popen[str]"
) -> None:
    room = _room(tmp_path, process)
    room.look(times=2)
    room.asked.waits = True
    for _ in range(5):
        room.look(times=4)
        room.asked.answer_first()
    assert room.ending.pid == 0
    room.asked.answer_first("/livez answers 500")
    room.look()
    assert room.watched.living.failures < 3, "this question had counted when its time was over"
    room.look(times=6)
    assert room.ends() == -signal.SIGTERM


ANSWERED = {"upstream": "127.0.0.1:1", "status": 200}


def _write_access(folder: Path, *entries: dict[str, object], ago: float = 0.0) -> None:
    lines = [json.dumps({"ts": time.time() - ago, **each}) for each in entries]
    (folder / "access.log").write_text("\n".join(["half a line}", *lines, '{"ts": 1']))


@pytest.mark.parametrize("status", [200, 204, 302, 404, 429])
def test_who_is_silent_and_answers_users_is_busy(tmp_path: Path, process: "subprocess.Popen[str]", status: int) -> None:
    room = _room(tmp_path, process)
    room.look(times=2)
    room.asked.waits = True
    _write_access(tmp_path, ANSWERED | {"status": status}, ANSWERED | {"status": 502})
    room.look(times=60)
    assert room.ending.pid == 0
    _write_access(tmp_path, ANSWERED, ago=5)
    room.look()
    assert room.ends() == -signal.SIGTERM


@pytest.mark.parametrize(
    "entry",
    [
        ANSWERED | {"status": 500},
        ANSWERED | {"status": 499},
        ANSWERED | {"status": 0},
        ANSWERED | {"status": "200"},
        ANSWERED | {"upstream": "127.0.0.1:11"},
        {"status": 200},
        {},
    ],
)
def test_what_is_no_answer_of_this_replica_to_a_user_is_no_sign_of_life(
    tmp_path: Path, entry: dict[str, object]
) -> None:
    assert not answers_users(str(tmp_path / "access.log"), 1, 10)
    assert not answers_users(None, 1, 10)
    _write_access(tmp_path, entry)
    assert not answers_users(str(tmp_path / "access.log"), 1, 10)
    _write_access(tmp_path, ANSWERED, *[entry] * 100)
    assert answers_users(str(tmp_path / "access.log"), 1, 10)


def test_who_says_that_it_is_broken_is_ended_whomever_else_it_answers(
    tmp_path: Path, process: "subprocess.Popen[str]"
) -> None:
    room = _room(tmp_path, process)
    _write_access(tmp_path, ANSWERED)
    room.look(times=2)
    room.asked.reason = "/livez answers 500"
    room.look(times=8)
    assert room.ends() == -signal.SIGTERM


def test_a_process_that_will_not_hear_is_made_to_end(tmp_path: Path, deaf: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, deaf)
    room.look(times=2)
    room.asked.reason = "/livez gives no answer within 1 s"
    room.look(times=8)
    assert room.ending.pid == deaf.pid
    assert deaf.poll() is None
    room.look(times=20)
    assert room.ends() == -signal.SIGKILL


def test_who_is_being_deployed_is_left_alone(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, process)
    with (tmp_path / "id").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        room.look(times=2)
        room.asked.reason = "/livez answers 500"
        room.look(times=20)
        assert room.ending.pid == 0
    room.look(times=2)
    assert room.ends() == -signal.SIGTERM


def test_a_replica_without_a_live_path_is_not_asked(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, process, life=None)
    room.asked.reason = "must not be asked"
    room.look(times=500)
    assert room.ending.pid == 0


@told_by_proc
def test_who_holds_more_than_it_may_ends_at_once_even_while_it_is_deployed(
    tmp_path: Path, process: "subprocess.Popen[str]"
) -> None:
    room = _room(tmp_path, process, memory=32 << 20)
    with (tmp_path / "id").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        room.look()
    assert room.ends() == -signal.SIGKILL
    assert room.ending.reason.endswith("MiB of memory, and its limit is 32 MiB")


@told_by_proc
def test_who_holds_less_stays(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    room = _room(tmp_path, process, memory=128 << 20)
    room.look(times=10)
    assert process.poll() is None


@told_by_proc
@pytest.mark.parametrize(
    ("text", "above", "below"),
    [
        ("import mmap; kept = mmap.mmap(-1, 512 << 20)", 0, 64),
        ("import threading as t; [t.Thread(target=t.Event().wait, daemon=True).start() for _ in range(60)]", 0, 64),
        ("kept = b'x' * (100 << 20)", 100, 164),
        ("import os; kept = b'x' * (100 << 20); [os.fork() for _ in range(2)]", 100, 164),
        ("import os; pids = [os.fork() for _ in range(2)]; kept = b'x' * (30 << 20)", 120, 200),
    ],
    ids=["reserved only", "sixty stacks", "touched", "shared by forks", "each fork its own"],
)
def test_what_counts_is_what_was_touched(text: str, above: int, below: int) -> None:
    with _started(text) as started:
        if "fork" in text:
            _await_lines(started, 3)
        held = resident_bytes(process_groups()[started.pid]) >> 20
        assert above <= held < below


def _await_lines(started: "subprocess.Popen[str]", more: int) -> None:
    assert started.stdout is not None
    for _ in range(more):
        started.stdout.readline()


def test_the_first_start_is_at_once_and_further_ones_come_later_and_later(tmp_path: Path) -> None:
    file = str(tmp_path / "ended")
    waits = []
    for _ in range(9):
        before = time.time()
        endings.write_ending(file, 7, "it hung")
        waits.append(endings.read_ending(file).until - before)
    assert waits == pytest.approx([0, 10, 20, 40, 80, 160, 300, 300, 300], abs=1)
    endings.forgive_endings(file, 30)
    assert endings.read_ending(file).times == 9
    endings.forgive_endings(file, 3600)
    assert endings.read_ending(file)[1:3] == ("it hung", 0)


def test_a_broken_file_of_endings_is_no_ending(tmp_path: Path) -> None:
    file = tmp_path / "ended"
    for text in ("", "{", "[]", json.dumps({"other": 1})):
        file.write_text(text)
        assert endings.read_ending(str(file)) == Ending()
    assert endings.read_ending(None) == Ending()


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    watching = f"[sys.executable, '-m', {watchdog.__name__!r}, {str(tmp_path)!r}]"
    starter = f"import subprocess, sys; print(subprocess.Popen({watching}).pid, flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert process.stdout.readline() == f"watching for process {process.pid}\n"
        assert launch.start_time(pid)
        process.kill()
    until = time.monotonic() + 30
    while launch.start_time(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not launch.start_time(pid)
