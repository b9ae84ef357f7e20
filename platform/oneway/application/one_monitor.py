"""One monitor for each memory: two over one file would tell everything twice, each undoing what the other remembers."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import OnewayError


@dataclass(slots=True)
class Held:
    """The lock of the monitor that runs. It goes with its process, however that ends."""

    file: IO[str] | None

    def tell(self, page: str) -> None:
        """Say beside the lock who holds it, and where its page is; on a full disk that stays unsaid."""
        if self.file is None:
            return
        with suppress(OSError):
            self.file.seek(0)
            self.file.truncate()
            json.dump({"pid": os.getpid(), "since": time.time(), "page": page}, self.file)
            self.file.flush()


@contextmanager
def held_alone(data: Path) -> Iterator[Held]:
    """Be the monitor of this memory. OnewayError where another is: who, since when, and what to do. Where no lock can
    be written, as on a disk that is only read, nothing can be remembered either, and the monitor goes on without."""
    lock = data.resolve().with_name(f"{data.resolve().name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a+", encoding="utf-8")
    except OSError:
        yield Held(None)
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(data, file) from None
        held = Held(file)
        held.tell("")
        yield held


def _taken(data: Path, file: IO[str]) -> OnewayError:
    file.seek(0)
    known: dict[str, Any] = {}
    with suppress(ValueError):
        known = dict(json.loads(file.read()))
    pid, page, since = known.get("pid"), known.get("page"), known.get("since")
    who = f"process {pid}" if pid else "another process"
    when = f", since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(since))}" if since else ""
    where = f"; its page is {page}" if page else ""
    end = f"end it with `kill {pid}`" if pid else "end it"
    return OnewayError(
        f"a monitor watches this already: {who}{when}{where}",
        f"look there, or {end} (`make stop` where `make demo` started it); to watch beside it, and tell everything "
        f"twice, give this one a file of its own with --data, for {data.name} is that one's",
    )
