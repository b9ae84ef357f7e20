"""What this process really has: the cores and the memory that the machine, its limits and its control group leave."""

from __future__ import annotations

import math
import os
import resource
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """At least 1. A quota of one and a half cores counts as two: the half is worth using."""
    return max(1, min(_allowed_by_affinity(), _allowed_by_quota(cgroup)))


def usable_memory(cgroup: Path = CGROUP) -> int:
    """Bytes: the least of what the machine has, and its control group and the limits of the process allow."""
    files = (cgroup / "memory.max", cgroup / "memory" / "memory.limit_in_bytes")
    limits = [number for file in files for number in _numbers(file) or []]
    limits += [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    return min([_memory_of_machine(), *(limit for limit in limits if limit >= 0)])


def _memory_of_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _allowed_by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _allowed_by_quota(cgroup: Path) -> int:
    """The quota of control groups of version 2, else of version 1, else as good as none."""
    unlimited = 1 << 16
    limits = _numbers(cgroup / "cpu.max")
    if limits is None:
        quota, period = _numbers(cgroup / "cpu" / "cpu.cfs_quota_us"), _numbers(cgroup / "cpu" / "cpu.cfs_period_us")
        limits = [*quota, *period] if quota and period else None
    if limits is None or len(limits) != 2 or limits[0] <= 0 or limits[1] <= 0:
        return unlimited
    return math.ceil(limits[0] / limits[1])


def _numbers(file: Path) -> list[int] | None:
    """The integers in the file; None when it is not there or says `max`."""
    try:
        return [int(word) for word in file.read_text().split()]
    except (OSError, ValueError):
        return None
