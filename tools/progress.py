"""How far a long command is, on standard error; silent where nobody watches, except for the last line."""

from __future__ import annotations

import sys
import time


class Progress:
    """Counts steps of a known total."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.began = what, total, 0, time.monotonic()

    def step(self, note: str = "") -> None:
        self.done += 1
        spent = time.monotonic() - self.began
        left = spent / self.done * (self.total - self.done)
        last = self.done == self.total
        if sys.stderr.isatty():
            print(
                f"\r{self.what}: {self.done}/{self.total}, {left:.0f} s left {note}\033[K",
                end="\n" if last else "",
                file=sys.stderr,
                flush=True,
            )
        elif last or note:
            print(
                f"{self.what}: {self.done}/{self.total} after {spent:.0f} s {note}".rstrip(),
                file=sys.stderr,
                flush=True,
            )
