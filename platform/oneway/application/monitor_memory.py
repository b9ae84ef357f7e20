"""What the monitor of a checkout remembers, for whoever asks beside it; it may run meanwhile."""

from pathlib import Path
from typing import TypeVar

from ..errors import OnewayError
from ..monitor.watch_memory import Memory
from .open_environment import DEFAULT, OpenEnvironment

T = TypeVar("T")


def monitor_file(opened: OpenEnvironment, data: Path | None) -> Path:
    """The file that was named, else the checkout's own for this environment."""
    own = "monitor.db" if opened.name == DEFAULT else f"monitor-{opened.name}.db"
    return data or opened.reading.workspace.root / ".platform" / own


def readable_memory(file: Path) -> Memory:
    """To read: a file that is not there is not made, and has nothing."""
    return Memory(file if file.exists() else None)


def certain(memory: Memory, answer: T) -> T:
    """The answer of this memory. OnewayError where it only stands for one that did not come."""
    if memory.fault:
        raise OnewayError(memory.fault.partition(";")[0], "name the monitor's file with --data, or mend this one")
    return answer
