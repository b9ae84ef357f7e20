"""Looks after the replicas of one checkout: `python -m oneway.targets.local.processes.watchdog REPLICAS`.

Supervisor keeps it beside the replicas and starts again what it ends. It stands on the standard library alone and asks
as the kubelet does: a replica that does not answer its `live` path so many times in a row is ended, unless somebody is
at work on its service or it is merely busy, and one whose resident memory is over its limit is ended in any case, as a
kernel would.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from . import endings, launch
from .launch import Launch, Life
from .living import Ask, Living, answers_users, ask_in_thread
from .memory import process_groups, resident_bytes

PROGRAM: Final = "oneway-watch"
_TICK: Final = 0.5
_GRACE: Final = 5.0


@dataclass(slots=True)
class Watched:
    """One replica: what it was started from, the process that it is now, how that fares, and when it must end."""

    launch: Launch
    written: float
    pid: int = 0
    living: Living = field(default_factory=lambda: Living(0.0))
    ends: float | None = None


def main(folder: Path) -> None:
    """Look until whoever started this is gone: then nobody would start again what is ended."""
    parent, found = os.getppid(), dict[str, Watched]()
    print(f"watching for process {parent}", flush=True)
    while os.getppid() == parent:
        found = read_launches(folder, found)
        limited = any(each.launch.memory is not None for each in found.values())
        groups = process_groups() if limited else {}
        for each in found.values():
            look(each, groups, ask_in_thread, time.monotonic())
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


def look(each: Watched, groups: Mapping[int, Sequence[int]], ask: Ask, now: float) -> None:
    """Compare its memory with its limit, take the answers that have come, and ask again where it is time."""
    pid = launch.find_living(each.launch.pid_file) or 0
    if pid != each.pid:
        each.pid, each.living, each.ends = pid, Living(now), None
    if not pid:
        return
    if each.ends is not None:
        if now >= each.ends:
            _kill(pid)
    elif not _end_too_large(each, groups, now):
        _end_hanging(each, ask, now)


def _end_too_large(each: Watched, groups: Mapping[int, Sequence[int]], now: float) -> bool:
    limit = each.launch.memory
    used = 0 if limit is None else resident_bytes(groups.get(each.pid, ()))
    if limit is None or used <= limit:
        return False
    _end(each, f"it used {_mebibytes(used)} of memory, and its limit is {_mebibytes(limit)}", now)
    _kill(each.pid)
    return True


def _end_hanging(each: Watched, ask: Ask, now: float) -> None:
    life, living = each.launch.live, each.living
    if life is None:
        return
    living.take_answers(life, now)
    if living.answered and not living.failures:
        endings.forgive_endings(each.launch.ended_file, now - living.since)
    if living.failures < life.failures or _at_work(each.launch.lock) or _is_busy(each.launch, life, living):
        living.ask_again(life, now, ask)
        return
    with suppress(ProcessLookupError):
        os.kill(each.pid, signal.SIGTERM)
    _end(each, f"{living.reason}, {living.failures} times in a row", now + _GRACE)


def _is_busy(start: Launch, life: Life, living: Living) -> bool:
    """Whether it is silent here alone, and answers those who come by the front door."""
    return living.silence and answers_users(start.access_log, life.port, max(life.every, life.within))


def _end(each: Watched, reason: str, at: float) -> None:
    """Say why the process ends, for whoever asks and for the pause before its next start; at that time it must."""
    print(f"{Path(each.launch.pid_file).stem} is started again: {reason}", flush=True)
    endings.write_ending(each.launch.ended_file, each.pid, reason)
    each.ends = at


def _kill(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


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
