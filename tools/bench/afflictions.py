"""A disk that is really full and a clock that really jumps, for one checkout and nobody else."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from oneway.targets.local.state.home import write_whole
from tools.bench.checkout import environment

DISK_MEGABYTES: Final = 256
_BALLAST: Final = "ballast"
_OFFSET: Final = "offset"


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own for the folder, so small that it can be filled; false where this user may not mount."""
    folder.mkdir(mode=0o700)
    options = f"size={DISK_MEGABYTES}m,mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "oneway-small", str(folder)]
    mounted = os.getuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Not one more page can be written to the folder's file system."""
    ballast = os.open(folder / _BALLAST, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in (1 << 20, 1 << 12):
            while _grown(ballast, size):
                pass
    finally:
        os.close(ballast)


def empty(folder: Path) -> None:
    """There is room again."""
    (folder / _BALLAST).unlink(missing_ok=True)


def _grown(file: int, size: int) -> bool:
    try:
        return os.write(file, bytes(size)) > 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False


def false_clock(folder: Path) -> dict[str, str]:
    """Variables by which Python programs have a wall clock that `move_clock` moves; their monotonic clock stays right.

    This fools the tool and supervisord, which are Python. libfaketime cannot: Python sleeps by absolute monotonic time,
    and libfaketime refuses that. Caddy reads the clock without any library.
    """
    folder.mkdir()
    (folder / _OFFSET).write_text("0")
    (folder / "sitecustomize.py").write_text(_FALSE_CLOCK)
    return {"PYTHONPATH": f"{folder}:{environment()['PYTHONPATH']}"}


def move_clock(folder: Path, days: int) -> None:
    """The clock jumps by so many days."""
    file = folder / _OFFSET
    write_whole(file, str(int(file.read_text()) + days * 24 * 3600).encode())


_FALSE_CLOCK: Final = f"""\
import pathlib, time

_offset, _time, _time_ns = pathlib.Path(__file__).with_name({_OFFSET!r}), time.time, time.time_ns
time.time = lambda: _time() + int(_offset.read_text())
time.time_ns = lambda: _time_ns() + int(_offset.read_text()) * 10**9
"""
