"""Kill the monitor at random moments: `python -m tools.bench.monitor_kills [--kills 50] [--seed N]`.

A service breaks and is mended again and again, the receiver of alerts refuses some, and the monitor is killed with
SIGKILL at a random moment, while an alert is being delivered, or right after. No alert may be lost, none may come out
of order, and one that comes twice is the same to the letter: whoever gets it knows it by its id.
"""

import argparse
import http.server
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

_PATIENCE: Final = 60.0
_LONGEST: Final = 2.5
_MOMENTS: Final = ("any", "any", "delivering", "delivered")


@dataclass
class World:
    """`base`, which is broken or not, `door`, which cannot do without, and a receiver that refuses every fourth."""

    broken: bool = False
    asked: int = 0
    alerts: list[dict[str, Any]] = field(default_factory=list)
    struck: Callable[[str], None] = lambda moment: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str) -> int:
        """The status of a check's answer."""
        return 500 if self.broken else 200

    def take(self, alert: dict[str, Any]) -> int:
        """The status of the receiver's answer."""
        with self.lock:
            self.asked += 1
            refused = self.asked % 4 == 0
            if not refused:
                self.alerts.append(alert)
        self.struck("delivering")
        return 500 if refused else 204


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    kills: int
    breaks: int
    alerts: Sequence[dict[str, Any]]

    @property
    def doubles(self) -> int:
        return len(self.alerts) - len({each["id"] for each in self.alerts})

    def faults(self) -> list[str]:
        """What is wrong with that; nothing where all is well."""
        first: dict[str, dict[str, Any]] = {}
        found: list[str] = []
        for each in self.alerts:
            known = first.setdefault(each["id"], each)
            if known != each:
                found.append(f"{each['id']} came twice and differs")
        incidents: dict[str, list[int]] = {}
        for each in first.values():
            incidents.setdefault(each["incident"], []).append(each["sequence"])
        found += [f"{incident} was told as {order}" for incident, order in incidents.items() if order != sorted(order)]
        kinds = [each["kind"] for each in first.values()]
        wanted = ["opened", "resolved"] * self.breaks
        if kinds != wanted:
            found.append(f"told {kinds.count('opened')} times of {self.breaks} breaks, {kinds.count('resolved')} ends")
        strangers = {each["service"] for each in first.values()} - {"base"}
        return [*found, *(f"{name} was paged for what base did" for name in sorted(strangers))]


def torture(kills: int, seed: int) -> Outcome:
    """Break and mend, killing once at each turn."""
    chance, world = random.Random(seed), World()
    with tempfile.TemporaryDirectory() as folder, _serving(world) as port:
        monitor = Monitor(world, port, Path(folder) / "monitor.db")
        try:
            for number in range(kills):
                world.broken = number % 2 == 0
                before = {each["id"] for each in world.alerts}
                monitor.kill_at(chance.choice(_MOMENTS), chance.uniform(0.0, _LONGEST))
                monitor.start()
                _wait(partial(_is_news, world, before), f"turn {number}")
            world.broken = False
            breaks = (kills + 1) // 2
            _wait(lambda: sum(e["kind"] == "resolved" for e in _once(world.alerts)) >= breaks, "the last end")
            time.sleep(2.0)
        finally:
            monitor.end()
    return Outcome(kills, breaks, world.alerts)


class Monitor:
    """The process that is killed and begun again."""

    def __init__(self, world: World, port: int, data: Path) -> None:
        url = f"http://127.0.0.1:{port}"
        door = {"name": "door", "url": url, "checks": {"answers": "/door"}, "requires": ["base"]}
        base = {"name": "base", "url": url, "checks": {"answers": "/base"}}
        self._wanted = {
            "services": [base, door],
            "every": 0.5,
            "data": str(data),
            "hook": f"{url}/hook",
        }
        self._world = world
        self.start()

    def start(self) -> None:
        """Begin, and wait until it watches."""
        command = [sys.executable, "-m", "tools.bench.monitor_process"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._wanted))
        self._process.stdin.close()
        assert self._process.stdout.readline() == "watching\n"

    def kill_at(self, moment: str, seconds: float) -> None:
        """Kill it while an alert is delivered, right after, or after so many seconds; at the latest after some time."""
        struck = threading.Event()
        if moment != "any":
            self._world.struck = lambda at: self._strike(struck, moment)
        struck.wait(seconds if moment == "any" else _LONGEST * 4)
        self._world.struck = lambda at: None
        self.end()

    def _strike(self, struck: threading.Event, moment: str) -> None:
        if moment == "delivering":
            self.end()
        struck.set()

    def end(self) -> None:
        """Kill it now."""
        self._process.kill()
        self._process.wait(timeout=30)


@contextmanager
def _serving(world: World) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._end(world.answer(self.path))

        def do_POST(self) -> None:
            self._end(world.take(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def _end(self, status: int) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _is_news(world: World, before: set[str]) -> bool:
    return bool({each["id"] for each in world.alerts} - before)


def _once(alerts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({each["id"]: each for each in alerts}.values())


def _wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"nobody was told: {what}")
        time.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    outcome = torture(arguments.kills, arguments.seed)
    told = len(_once(outcome.alerts))
    print(f"{outcome.kills} kills, {outcome.breaks} breaks, {told} alerts, {outcome.doubles} doubles with the same id")
    print("\n".join(outcome.faults()) or "nothing lost, nothing out of order")
    return bool(outcome.faults())


if __name__ == "__main__":
    sys.exit(main())
