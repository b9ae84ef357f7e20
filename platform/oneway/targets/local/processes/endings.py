"""What the watch writes of the programs that it ends, and how long their next start waits for it."""

import contextlib
import json
import os
import sys
import time
from typing import NamedTuple

CANNOT_START = 78
_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 300.0
_FORGIVEN_AFTER = 600.0
_LOOK = 0.2


class Ending(NamedTuple):
    """Which process the watch ended and why, the how many-th time in a row, and when the next may start."""

    pid: int = 0
    reason: str = ""
    times: int = 0
    until: float = 0.0


def pause(until: float) -> None:
    """Wait for that time, as long as the supervisor that started this is there."""
    parent, longest = os.getppid(), time.monotonic() + _LONGEST_PAUSE
    while time.time() < until and time.monotonic() < longest:
        if os.getppid() != parent:
            sys.exit(CANNOT_START)
        time.sleep(_LOOK)


def read_ending(file: "str | None") -> Ending:
    """Why the watch ended a program the last time; nothing where it did not."""
    with contextlib.suppress(OSError, ValueError, TypeError), open(file or os.devnull, encoding="utf-8") as written:
        return Ending(**json.load(written))
    return Ending()


def write_ending(file: "str | None", pid: int, reason: str) -> None:
    """The first start after it is at once; each further one comes after a pause twice as long as the one before."""
    if file is not None:
        times = read_ending(file).times + 1
        wait = 0.0 if times == 1 else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (times - 2))
        write_whole(file, json.dumps(Ending(pid, reason, times, time.time() + wait)._asdict()))


def forgive_endings(file: "str | None", seconds: float) -> None:
    """Who has been well for that long starts at once again."""
    ending = read_ending(file)
    if file is not None and ending.times and seconds > _FORGIVEN_AFTER:
        write_whole(file, json.dumps(ending._replace(times=0)._asdict()))


def write_whole(path: str, text: str) -> None:
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)
