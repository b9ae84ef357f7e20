"""Looks after the replicas of one checkout: `python -m oneway.targets.local.processes.watchdog REPLICAS`.

Supervisor keeps it beside the replicas and starts again what it ends. It stands on the standard library alone and asks
as the kubelet does: a replica that does not answer its `live` path so many times in a row is ended, unless somebody is
at work on its service, and one whose resident memory is over its limit is ended in any case, as a kernel would.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import endings, launch
from .ask import NothingListens, why_not_good
from .launch import Launch, Life
from .memory import process_groups, resident_bytes

PROGRAM: Final = "oneway-watch"
_TICK: Final = 0.5
_GRACE: Final = 5.0
_AT_ONCE: Final = 16


@dataclass(slots=True)
class Watched:
    """One replica: what it was started from, the process that it is now, and how often in a row it did not answer."""

    launch: Launch
    written: float
    pid: int = 0
    since: float = 0.0
    answered: bool = False
    failures: int = 0
    due: float = 0.0
    asked: "Future[str] | None" = None
    ends: float | None = None


def main(folder: Path) -> None:
    """Look until whoever started this is gone: then nobody would start again what is ended."""
    parent, found = os.getppid(), dict[str, Watched]()
    print(f"watching for process {parent}", flush=True)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while os.getppid() == parent:
            found = read_launches(folder, found)
            limited = any(each.launch.memory is not None for each in found.values())
            groups = process_groups() if limited else {}
            for each in found.values():
                look(each, groups, pool, time.monotonic())
            time.sleep(_TICK)


def read_launches(folder: Path, known: dict[str, Watched]) -> dict[str, Watched]:
    """All replicas by name; those that are known already as they are."""
    found: dict[str, Watched] = {}
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, TypeError):
            written = path.stat().st_mtime
            before = known.get(path.name)
            if before is not None and before.written == written:
                found[path.name] = before
            else:
                found[path.name] = Watched(launch.read_launch(str(path)), written)
    return found


def look(each: Watched, groups: Mapping[int, Sequence[int]], pool: ThreadPoolExecutor, now: float) -> None:
    """Compare its memory with its limit, take the answer that has come, and ask again where it is time."""
    pid = launch.find_living(each.launch.pid_file) or 0
    if pid != each.pid:
        each.pid, each.since, each.answered, each.failures = pid, now, False, 0
        each.due, each.asked, each.ends = now, None, None
    if not pid:
        return
    if each.ends is not None:
        if now >= each.ends:
            _kill(pid)
        return
    if each.launch.memory is not None:
        used = resident_bytes(groups.get(pid, ()))
        if used > each.launch.memory:
            _end(each, f"it used {_mebibytes(used)} of memory, and its limit is {_mebibytes(each.launch.memory)}", now)
            _kill(pid)
            return
    life = each.launch.live
    if life is None:
        return
    if each.asked is not None and each.asked.done():
        _take_answer(each, life, now)
    elif each.asked is None and now >= each.due:
        each.due = now + life.every
        each.asked = pool.submit(_ask, life)


def _take_answer(each: Watched, life: Life, now: float) -> None:
    reason = each.asked.result() if each.asked is not None else ""
    each.asked = None
    if not reason:
        each.answered, each.failures = True, 0
        endings.forgive_endings(each.launch.ended_file, now - each.since)
    elif each.answered or now - each.since > life.startup:
        each.failures += 1
    if each.failures >= life.failures and not _at_work(each.launch.lock):
        with suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGTERM)
        _end(each, f"{reason}, {each.failures} times in a row", now + _GRACE)


def _end(each: Watched, reason: str, at: float) -> None:
    """Say why the process ends, for whoever asks and for the pause before its next start; at that time it must."""
    print(f"{Path(each.launch.pid_file).stem} is started again: {reason}", flush=True)
    endings.write_ending(each.launch.ended_file, each.pid, reason)
    each.ends = at


def _kill(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _ask(life: Life) -> str:
    try:
        return why_not_good(life.port, life.path, life.within)
    except NothingListens:
        return "nothing listens on its port"


def _at_work(lock: "str | None") -> bool:
    """Whether somebody deploys, stops or restarts the service at this moment."""
    if lock is None:
        return False
    try:
        file = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):.0f} MiB"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
