"""Changes of files, as they happen."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_LOOK_MILLISECONDS: Final = 300


def changes(paths: Sequence[Path], over: threading.Event) -> Iterator[object]:
    """Yields when something below these paths has changed, many changes at a time as one, until it is over. What
    editors, git, caches and package managers write for themselves does not count."""
    from watchfiles import watch

    yield from watch(*paths, stop_event=over, rust_timeout=_LOOK_MILLISECONDS, raise_interrupt=False)
