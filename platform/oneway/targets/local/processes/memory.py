"""How much memory a replica holds: what its processes have touched, and not what they reserved; and the processor time.

A program reserves far more than it uses: a stack of 8 MiB for each thread, arenas, buffers. Only what is resident or
swapped out, and not backed by a file, counts, as in what a container is limited by. What forked workers share
is counted once.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

_KIBI: Final = 1024


def process_groups() -> dict[int, list[int]]:
    """The processes of this machine by the leader of their group; nothing where the system does not tell."""
    groups: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdigit():
            with suppress(OSError):
                groups.setdefault(os.getpgid(int(name)), []).append(int(name))
    return groups


def resident_bytes(members: Sequence[int]) -> int:
    """The bytes that these processes hold together; 0 where the system does not tell."""
    quick = sum(_sum(f"/proc/{pid}/status", ("RssAnon", "RssShmem", "VmSwap")) for pid in members)
    if len(members) < 2:
        return quick
    # What workers have from their master would count for each: shared pages are divided among those who have them.
    return min(
        quick,
        sum(_sum(f"/proc/{pid}/smaps_rollup", ("Pss_Anon", "Pss_Shmem", "SwapPss")) or quick for pid in members),
    )


def processor_seconds(members: Sequence[int]) -> float:
    """The seconds of a core that these processes have used, with those of their children that have ended; 0 where the
    system does not tell."""
    return sum(map(_ticks, members)) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
    except (OSError, ValueError):
        return 0


def _sum(path: str, fields: tuple[str, ...]) -> int:
    """The sum of such lines as `RssAnon:  1234 kB`, in bytes; 0 where the file cannot be read."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            pairs = (line.partition(":") for line in file)
            return sum(int(value.split()[0]) for name, _, value in pairs if name in fields) * _KIBI
    except (OSError, ValueError, IndexError):
        return 0
