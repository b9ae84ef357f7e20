"""What this machine tells of itself: how many cores, how busy they are, and what they are called."""

import os
import platform
import resource
from contextlib import suppress
from typing import Final

_BUSY: Final = (1, 2, 3, 6, 7, 8)
"""The columns of /proc/stat that no other program could have used: all but idle and waiting for a disk."""


def count_cores() -> int:
    """The cores of the machine."""
    return os.cpu_count() or 1


def busy_seconds() -> float | None:
    """How many seconds of a core were used since the machine started, by anybody; None where it does not tell."""
    with suppress(OSError, ValueError, IndexError), open("/proc/stat", encoding="ascii") as file:
        columns = file.readline().split()
        return sum(int(columns[at]) for at in _BUSY) / os.sysconf("SC_CLK_TCK")
    return None


def describe_machine() -> str:
    """Its system, cores and processor, without its name."""
    model = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        model = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    cores = count_cores()
    return f"{platform.system()}, {cores} core{'s' * (cores > 1)} of {model or 'an unknown kind'}"


def allow_connections(wanted: int) -> int:
    """How many connections may be open at once, after the process has asked for as many as are wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
    return wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)
