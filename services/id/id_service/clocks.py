"""A clock for leases that several machines share."""

import time


def uptime() -> float:
    """Seconds that go on while the machine sleeps or is paused, where the system has such a clock."""
    return time.clock_gettime(_CLOCK)


_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
