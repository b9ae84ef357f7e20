"""What replicas use of the machine, and how many more of them it can hold."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ....model import Service, quantity_value
from ..processes.launch import read_stat
from ..processes.memory import process_groups, resident_bytes

# What a pod asks for whose manifest does not say it, as in the generated objects.
_DEFAULT_CPU: Final = "100m"
_DEFAULT_MEMORY: Final = "128Mi"
_SPARED: Final = 0.8
_LEAST_CORES: Final = 0.001
_UTIME, _CSTIME = 11, 15


@dataclass(slots=True)
class Meter:
    """Measures processes by what they have used since the last time."""

    _used: dict[int, tuple[float, float]] = field(default_factory=dict)

    def read(self, pid: int, members: Sequence[int], now: float) -> float | None:
        """The cores that the process and its group used since the last reading; None at the first one."""
        used, before = sum(map(_cpu_seconds, members)), self._used.get(pid)
        self._used[pid] = (now, used)
        if before is None or now <= before[0]:
            return None
        return max(0.0, used - before[1]) / (now - before[0])

    def forget(self, kept: set[int]) -> None:
        """Those that are gone are read no more."""
        self._used = {pid: value for pid, value in self._used.items() if pid in kept}


def can_measure() -> bool:
    """Whether this system tells what processes use."""
    return os.path.isdir("/proc/self")


def asked_cores(spec: Service) -> float:
    """The cores that one replica asks for."""
    limit = spec.resources.limits.cpu
    default = min(quantity_value(_DEFAULT_CPU), quantity_value(limit) if limit else float("inf"))
    return max(_LEAST_CORES, quantity_value(spec.resources.cpu) if spec.resources.cpu else default)


def room_for(spec: Service, groups: Mapping[int, Sequence[int]], leaders: Sequence[int]) -> int:
    """How many replicas the machine can hold: by what one asks for of its cores, and by what is left of its memory and
    what one was seen to hold, or asks for."""
    by_cpu = int((os.cpu_count() or 1) / asked_cores(spec))
    held = [resident_bytes(groups.get(pid, ())) for pid in leaders]
    one = max([1.0, quantity_value(spec.resources.memory or _DEFAULT_MEMORY), *held])
    by_memory = len(leaders) + int(_available_bytes() * _SPARED / one)
    return max(1, min(by_cpu, by_memory))


def groups_of(leaders: Sequence[int]) -> dict[int, list[int]]:
    """The members of the groups that these processes lead."""
    found = process_groups()
    return {pid: found.get(pid, []) for pid in leaders}


def _cpu_seconds(pid: int) -> float:
    try:
        return sum(map(int, read_stat(pid)[_UTIME:_CSTIME])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def _available_bytes() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            found = next(line for line in file if line.startswith("MemAvailable:"))
        return int(found.split()[1]) << 10
    except (OSError, StopIteration, ValueError):
        return 0
