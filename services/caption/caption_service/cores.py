"""How many processor cores this process really has: what the machine, its affinity and its control group leave."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """At least 1. A quota of one and a half cores counts as two: the half is worth using."""
    return max(1, min(_allowed_by_affinity(), _allowed_by_quota(cgroup)))


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
