"""A monitor of given servers in a process of its own, to be measured and killed.

`python -m tools.bench.monitor_process` reads what it watches from standard input as JSON,
and writes what it measured to the file that is named there.
"""

import asyncio
import json
import resource
import signal
import sys
import time
from array import array
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from oneway.model import Call, Check, Duration, Endpoint, Expect, Monitoring, Platform, Request, Service, System
from oneway.monitor.board import Board
from oneway.monitor.core.look import Key, Look
from oneway.monitor.deciding import remembered_blames
from oneway.monitor.live_survey import Presence, Survey
from oneway.monitor.monitor_loop import Engine
from oneway.monitor.outbox import Outbox
from oneway.monitor.routes import routes_of
from oneway.monitor.steady_clock import SteadyClock
from oneway.monitor.surveying import World
from oneway.monitor.watch_ledger import Ledger
from oneway.monitor.watch_memory import Memory
from oneway.probe import http_sender
from oneway.store import Release, State

_KEPT: Final = 50_000


@dataclass(slots=True)
class Watched(Ledger):
    """A ledger that also notes when each look began, and what it saw."""

    began: dict[Key, "array[float]"] = field(default_factory=dict)
    healths: dict[str, Counter[str]] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """One more look."""
        self.began.setdefault(look.key, array("d")).append(look.began)
        self.healths.setdefault(look.check, Counter())[look.health.value] += 1
        Ledger.take(self, look)


def main() -> None:
    wanted: dict[str, Any] = json.load(sys.stdin)
    asyncio.run(_watch(wanted))


async def _watch(wanted: dict[str, Any]) -> None:
    specs = {each["name"]: _service(each) for each in wanted["services"]}
    urls = {each["name"]: each["url"] for each in wanted["services"]}
    hook = {"webhook": wanted["hook"]} if wanted.get("hook") else {}
    monitoring = Monitoring(
        every=Duration(wanted["every"]),
        within=Duration(wanted["within"]) if "within" in wanted else None,
        fail_after=wanted.get("fail_after", 2),
        recover_after=wanted.get("recover_after", 2),
        **hook,
    )
    system = System(Platform(api_version="oneway/v1", name="bench", monitoring=monitoring), specs, {}, "")
    memory, clock = Memory(Path(wanted["data"]) if wanted.get("data") else None), SteadyClock()
    saved = memory.load().none_after(clock.now())
    board = Board(
        system,
        standings=saved.standings,
        incidents=saved.incidents,
        blames=remembered_blames(saved.facts),
        lateness=deque(maxlen=_KEPT),
    )
    ledger = Watched(memory, saved.facts)
    outbox = Outbox(memory, routes_of(monitoring, {}), clock.now)
    outbox.add(saved.letters)
    presences = {name: _presence(spec, urls[name]) for name, spec in specs.items()}
    world = World(lambda before: Survey(presences), lambda name: b"", lambda: system)
    engine = Engine(world, board, ledger, outbox, clock)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    ticking = asyncio.create_task(_tick(wanted.get("seconds"), stopped, measured := list[dict[str, float]]()))
    print("watching", flush=True)
    await engine.run(stopped)
    ticking.cancel()
    if wanted.get("report"):
        began = [[check, list(times)] for (_, check), times in ledger.began.items()]
        report = {"lateness": list(board.lateness), "began": began, "healths": ledger.healths, "measured": measured}
        Path(wanted["report"]).write_text(json.dumps(report))


async def _tick(seconds: float | None, stopped: asyncio.Event, measured: list[dict[str, float]]) -> None:
    """Note once a second what the process takes, and end it in time."""
    began = time.monotonic()
    while seconds is None or time.monotonic() < began + seconds:
        used = resource.getrusage(resource.RUSAGE_SELF)
        measured.append(
            {"at": time.monotonic() - began, "cpu": used.ru_utime + used.ru_stime, "kilobytes": _resident()}
        )
        await asyncio.sleep(1.0)
    stopped.set()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def _service(wanted: dict[str, Any]) -> Service:
    checks = tuple(
        Check(name=name, request=Request(path=path), expect=Expect(status=200))
        for name, path in wanted["checks"].items()
    )
    return Service(
        api_version="oneway/v1",
        name=wanted["name"],
        version="1.0.0",
        owner="ann",
        domain="bench",
        endpoints=(Endpoint(name="http", port=8000),),
        calls=tuple(Call(to=name) for name in wanted.get("requires", ())),
        smoke=checks,
    )


def _presence(spec: Service, url: str) -> Presence:
    send = http_sender(url)
    release = Release(
        service=spec.name,
        number=1,
        version=spec.version,
        content="c",
        digest="d",
        spec=spec,
        environment="bench",
        author="ann",
        started=1.0,
        committed=2.0,
        state=State.LIVE,
    )
    return Presence(spec.name, spec, release, lambda endpoint: send)


if __name__ == "__main__":
    main()
