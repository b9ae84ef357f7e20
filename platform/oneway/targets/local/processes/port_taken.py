"""Whose fault it is that a replica's port is in use: another program's, or the version's own."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def find_taken_port(
    ports: Iterable[int], gone: bool, leaders: Sequence[int], lines: Sequence[str], free: Callable[[int], bool]
) -> int | None:
    """The port that another program listens on: while nothing of this replica runs, or when it says so of that port.

    What is left of it may listen there itself, and a port that its program insists on is none of its own. `gone` is
    whether its process has ended, `leaders` has the process of each start, `lines` is the end of its log.
    """
    if not gone and len(leaders) < 2:
        return None
    nothing_left = gone and not any(map(_group_lives, leaders))
    return next((port for port in ports if not free(port) and (nothing_left or _says_in_use(lines, port))), None)


def read_starts(path: Path) -> list[int]:
    """The process of each start, which supervisor makes the leader of a group of its own."""
    try:
        numbers = [line.partition(" ")[2] for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    return [int(each) for each in numbers if each.isdigit()]


def _says_in_use(lines: Sequence[str], port: int) -> bool:
    return any("address already in use" in line.lower() and str(port) in re.findall(r"\d+", line) for line in lines)


def _group_lives(leader: int) -> bool:
    """Whether any process of the group is left; a group of another user has the number by chance."""
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
