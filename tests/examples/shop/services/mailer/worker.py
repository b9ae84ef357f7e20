"""Confirms orders: each is taken off the channel only after it was confirmed, so that none is lost with a worker."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from bus import GROUP, STREAM, Bus

if os.environ.get("MODE") == "crash":
    sys.exit("boom: no mail server")

ALIVE = Path(os.environ["TMPDIR"]) / "alive"
stopping = False


def stop(*_: object) -> None:
    global stopping
    stopping = True


def hear(bus: Bus, name: str, since: str) -> int:
    """Confirm what is there; how many there were."""
    found = bus.ask("XREADGROUP", "GROUP", GROUP, name, "COUNT", 50, "BLOCK", 500, "STREAMS", STREAM, since)
    entries = found[0][1] if found else []
    for entry, fields in entries:
        bus.ask("SADD", "mailed", fields[1])
        bus.ask("XACK", STREAM, GROUP, entry)
    return len(entries)


def work(name: str) -> None:
    bus = Bus(os.environ["BUS_URL"])
    with contextlib.suppress(RuntimeError):
        bus.ask("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")
    while hear(bus, name, "0"):
        continue
    while not stopping:
        # What another worker took and never confirmed is confirmed here.
        bus.ask("XAUTOCLAIM", STREAM, GROUP, name, 5000, "0")
        hear(bus, name, "0")
        hear(bus, name, ">")
        ALIVE.write_text(str(time.time()))
    bus.close()


signal.signal(signal.SIGTERM, stop)
while not stopping:
    try:
        work(f"{os.environ['ONEWAY_VERSION']}-{os.environ['ONEWAY_INSTANCE']}")
    except (OSError, RuntimeError) as error:
        print("the bus is away:", error, flush=True)
        time.sleep(0.2)
