"""The demo's monitor in the background. `start` prints the address of its page; `stop` ends it, by its pid.

It is known by a lock that it holds as long as it lives, so that a pid that went to another process is never signalled.
"""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_LOCK: Final = _ROOT / ".platform/monitor.pid"
_LOG: Final = _ROOT / ".platform/monitor.log"
_PORT: Final = 8099
_PAGE: Final = re.compile(r"status page at (\S+)")
_SECONDS: Final = 60.0


def start() -> str:
    """The address of the page of the monitor that runs; one is started where none does."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _LOCK.open("a+", encoding="utf-8") as held:
        if _is_free(held):
            platform = str(Path(sys.executable).with_name("platform"))
            with _LOG.open("w", encoding="utf-8") as output:
                monitor = subprocess.Popen(
                    [platform, "monitor", "--listen", f"127.0.0.1:{_free_port()}"],
                    cwd=_ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    pass_fds=(held.fileno(),),
                )
            held.truncate(0)
            held.write(str(monitor.pid))
    return _address()


def stop() -> str:
    """End the monitor, and say what was done."""
    if not _LOCK.exists():
        return "no monitor was running"
    with _LOCK.open("a+", encoding="utf-8") as held:
        if _is_free(held):
            _LOCK.unlink()
            return "no monitor was running"
        held.seek(0)
        pid = int(held.read())
        for number, patience in ((signal.SIGTERM, 20.0), (signal.SIGKILL, 20.0)):
            os.kill(pid, number)
            if _becomes_free(held, patience):
                _LOCK.unlink()
                return "the monitor is stopped"
    sys.exit(f"the monitor, process {pid}, does not end")


def _address() -> str:
    """What the monitor wrote as its address, as soon as it listens."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if found := _PAGE.search(_LOG.read_text(encoding="utf-8")):
            return found[1]
        with _LOCK.open("a+", encoding="utf-8") as held:
            if _is_free(held):
                break
        time.sleep(0.1)
    said = _LOG.read_text(encoding="utf-8").strip()
    sys.exit(f"the monitor did not start: {said or 'it said nothing'}")


def _is_free(held: IO[str]) -> bool:
    """Whether nobody holds the lock; if so it is ours now, and of whoever inherits the file."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _becomes_free(held: IO[str], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not _is_free(held):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _free_port() -> int:
    """The monitor's usual port; 0, which is any, where something else listens there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", _PORT))
        except OSError:
            return 0
    return _PORT


if __name__ == "__main__":
    print({"start": start, "stop": stop}[sys.argv[1]]())
