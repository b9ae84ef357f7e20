"""Becomes one replica: `python -m oneway.targets.local.processes.launch replica.json`, for every start and restart.

It stands on the standard library alone, so that starting it costs almost nothing. It ends an earlier process of the
same replica that outlived its supervisor, writes down its own, sets the limits, reads the secrets at the last moment,
and turns into the service's own program, whose exit status and signals supervisor then sees.
"""

import configparser
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from .endings import CANNOT_START, pause, read_ending, write_whole
from .program_file import find_program, why_unfit

MARK = "ONEWAY_PID_FILE"
PASSWORD = "${password}"
_PATIENCE = 5.0
# PR_CAPBSET_DROP and CAP_DAC_OVERRIDE of Linux
_DROP_FROM_BOUNDING_SET = 24
_MAY_WRITE_ANYWHERE = 1


class Life(NamedTuple):
    """The path that says that a replica is alive: asked every so many seconds, answered `within` some, ended after so
    many failures in a row. Until it has answered once they do not count, for `startup` seconds at the most."""

    port: int
    path: str
    every: float
    within: float
    failures: int
    startup: float


class Launch(NamedTuple):
    """What one program is started with. `secrets` tells by variable where its value stands. `memory`, in bytes, and
    `live` are watched over; `ended_file` is where the watch says why it ended the program. While somebody holds `lock`
    the program may be slow for a reason. `is_engine` runs containers, and needs every right that it has for that.
    `generated_file` has secrets that this tool made, for what the secrets file does not have. `texts` are variables
    with a secret inside: `text` has `${password}` in its place. `access_log` tells which users it has answered."""

    command: "list[str]"
    environment: "dict[str, str]"
    folder: str
    pid_file: str
    starts_file: str
    open_files: int
    memory: "int | None" = None
    secrets: "dict[str, dict[str, str]] | None" = None
    secrets_file: "str | None" = None
    live: "Life | None" = None
    lock: "str | None" = None
    ended_file: "str | None" = None
    generated_file: "str | None" = None
    texts: "dict[str, dict[str, str]] | None" = None
    is_engine: bool = False
    access_log: "str | None" = None

    def to_json(self) -> str:
        return json.dumps(self._asdict(), indent=1)


def read_launch(path: str) -> Launch:
    with open(path, encoding="utf-8") as file:
        launch = Launch(**json.load(file))
    return launch if launch.live is None else launch._replace(live=Life(*launch.live))


def main(path: str) -> None:
    launch = read_launch(path)
    end_process(launch.pid_file)
    pause(read_ending(launch.ended_file).until)
    with open(launch.starts_file, "a", encoding="utf-8") as starts:
        starts.write(f"{time.time():.3f} {os.getpid()}\n")
    write_whole(launch.pid_file, f"{os.getpid()} {start_time(os.getpid())}")
    set_limits(launch.memory is not None, launch.open_files)
    environment = launch.environment | read_all_secrets(launch)
    environment[MARK] = launch.pid_file
    os.chdir(launch.folder)
    os.umask(0o022)
    if not launch.is_engine:
        give_up_override()
    program = find_program(launch.command[0], environment.get("PATH", ""))
    if reason := why_unfit(program):
        sys.exit(f"cannot run {launch.command[0]}: {reason}")
    try:
        os.execve(program, launch.command, environment)
    except OSError as error:
        sys.exit(f"cannot run {launch.command[0]}: {error.strerror}")


def end_process(pid_file: str) -> None:
    """End the process of the file, if it is still the one that wrote it, and then what it left behind in its group.
    Each is first asked, then made to. A process that lives is trusted to end its own workers when it is asked."""
    end_all(lambda: {pid for pid in (find_living(pid_file),) if pid is not None})
    end_all(lambda: find_orphans(pid_file))


def end_all(left: "Callable[[], set[int]]") -> None:
    """End all that are left, and never this process."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        asked: set[int] = set()
        until = time.monotonic() + _PATIENCE
        while (pids := left() - {os.getpid()}) and time.monotonic() < until:
            for pid in pids - asked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal_number)
            asked |= pids
            time.sleep(0.02)


def find_living(pid_file: str) -> "int | None":
    """The process of the file, while it lives; a number that the system has given to another does not count."""
    pid, birth = read_pid_file(pid_file)
    return pid if birth and start_time(pid) == birth else None


def find_orphans(pid_file: str) -> "set[int]":
    """What a process that is gone left in its group, where /proc tells. A number that the system gave to another by now
    is no reason to end anybody: those meant here carry the file's name in their environment, and who has overwritten
    that with a title is left alone."""
    leader, birth = read_pid_file(pid_file)
    listed = os.listdir("/proc") if birth and os.path.isdir("/proc/self") else []
    found = set()
    for pid in [int(name) for name in listed if name.isdigit()]:
        with contextlib.suppress(OSError):
            state, _, group, *_ = read_stat(pid)
            if state not in "ZX" and int(group) == leader and has_variable(pid, f"{MARK}={pid_file}"):
                found.add(pid)
    return found


def has_variable(pid: int, variable: str) -> bool:
    with open(f"/proc/{pid}/environ", "rb") as file:
        return os.fsencode(variable) in file.read().split(b"\0")


def read_pid_file(pid_file: str) -> "tuple[int, str]":
    """The process of the file and when it was born; 0 and nothing where the file is missing or is something else."""
    try:
        with open(pid_file, encoding="utf-8") as file:
            number, _, birth = file.read().partition(" ")
        return int(number), birth
    except (OSError, ValueError):
        return 0, ""


def read_stat(pid: int) -> "list[str]":
    """What /proc tells of the process, from its state on; FileNotFoundError when there is none."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def start_time(pid: int) -> str:
    """What tells this process from a later one of the same number; empty when there is none, or only its remains."""
    try:
        fields = read_stat(pid)
        return "" if fields[0] in "ZX" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if os.path.isdir("/proc/self"):
            return ""
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "-".join(listed.stdout.split())


def set_limits(expendable: bool, open_files: int) -> None:
    """Limit how many files the process may open. One whose memory is limited is also the first that the kernel may end,
    should it take all that there is before the watch has seen it."""
    if expendable:
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = open_files if most == resource.RLIM_INFINITY else min(open_files, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def give_up_override() -> None:
    """Root may write where nobody may, as into a build that must stay what it is. No container that this tool describes
    has that right, and no replica here keeps it."""
    if os.geteuid() == 0 and sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, _MAY_WRITE_ANYWHERE, 0, 0, 0)


class CannotRead(Exception):
    """What the program is started with is not there."""


def read_all_secrets(launch: Launch) -> "dict[str, str]":
    """What `find_secrets` finds; says why and exits where it cannot."""
    try:
        return find_secrets(launch)
    except CannotRead as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT_START)


def find_secrets(launch: Launch) -> "dict[str, str]":
    """The values of the variables that are secrets, or have one inside. Raises CannotRead."""
    texts = launch.texts or {}
    paths = (launch.generated_file, launch.secrets_file)
    found = read_secrets({**(launch.secrets or {}), **texts}, *paths)
    inside = {name: text["text"].replace(PASSWORD, quote(found[name], safe="")) for name, text in texts.items()}
    return {**found, **inside}


def read_secrets(wanted: "dict[str, dict[str, str]] | None", *paths: "str | None") -> "dict[str, str]":
    """The values of the secrets, by variable; the last file that has one counts. Raises CannotRead."""
    path = paths[-1]
    if not wanted:
        return {}
    values = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    values.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        found = bool(values.read([each for each in paths if each is not None], encoding="utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        found = False
    if not found:
        raise CannotRead(f"the secrets file {path} cannot be read")
    missing = sorted({f"[{ref['name']}] {ref['key']}" for ref in wanted.values() if not has_secret(values, ref)})
    if missing:
        raise CannotRead(f"{path} lacks {', '.join(missing)}")
    return {variable: values.get(ref["name"], ref["key"]) for variable, ref in wanted.items()}


def has_secret(values: configparser.ConfigParser, ref: "dict[str, str]") -> bool:
    return values.has_option(ref["name"], ref["key"])


if __name__ == "__main__":
    main(sys.argv[1])
