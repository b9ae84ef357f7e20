"""Services that a test breaks and mends, and a monitor that watches them: real sockets, real time, no command line."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hostile_server as hostile

from oneway.model import (
    Call,
    Check,
    Duration,
    Endpoint,
    Monitoring,
    Owner,
    Platform,
    Request,
    Service,
    Slo,
    System,
)
from oneway.monitor.board import Board
from oneway.monitor.core.look import Change
from oneway.monitor.deciding import remembered_blames
from oneway.monitor.live_survey import Presence, Survey
from oneway.monitor.monitor_loop import Engine
from oneway.monitor.outbox import Outbox
from oneway.monitor.routes import Undelivered
from oneway.monitor.steady_clock import SteadyClock
from oneway.monitor.surveying import World
from oneway.monitor.watch_ledger import Ledger
from oneway.monitor.watch_memory import Memory
from oneway.probe import http_sender
from oneway.store import Release, State
from oneway.targets.base import Run

OWNERS = {"ann": Owner(name="Ann", email="ann@example.org", backup="bob"), "bob": Owner(name="Bob")}
QUICK = Monitoring(every=Duration(0.5), fail_after=2, recover_after=2)


def service(name: str, *calls: Call, checks: tuple[Check, ...] = (), **fields: Any) -> Service:
    """A service with one check that it answers."""
    smoke = checks or (Check(name="answers", request=Request(path="/")),)
    endpoints = (Endpoint(name="http", port=8000, public=name == "door"),)
    return Service(
        api_version="oneway/v1",
        name=name,
        version="1.0.0",
        owner="ann",
        domain="d",
        smoke=smoke,
        calls=calls,
        endpoints=endpoints,
        **fields,
    )


def release(spec: Service, number: int = 1) -> Release:
    """Its live release."""
    return Release(
        service=spec.name,
        number=number,
        version=spec.version,
        content="c",
        digest="d",
        spec=spec,
        environment="local",
        author="ann",
        started=1.0,
        committed=2.0,
        state=State.LIVE,
        previous=number - 1 or None,
    )


@dataclass
class Given:
    """Each service behind its own server, which answers as its mode says."""

    specs: dict[str, Service]
    urls: dict[str, str] = field(default_factory=dict)
    modes: dict[str, hostile.Respond] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    deploying: set[str] = field(default_factory=set)
    restarts: dict[str, int] = field(default_factory=dict)
    runs: dict[str, dict[str, Run]] = field(default_factory=dict)
    broken: str = ""
    secret: str = "what nobody answers"

    def survey(self, before: Survey) -> Survey:
        if self.broken:
            return Survey(before.services, self.broken)
        return Survey({name: self._presence(name) for name in sorted(self.specs)})

    def _presence(self, name: str) -> Presence:
        live = self.releases[name]
        if name in self.stopped:
            return Presence(name, live.spec, stopped=True, absent="stopped by hand")
        send = http_sender(self.urls[name])
        deploying = live.number + 1 if name in self.deploying else None
        front, redact = (lambda endpoint: send), (lambda text: text.replace(self.secret, "[secret]"))
        restarts, runs = self.restarts.get(name, 0), self.runs.get(name, {})
        return Presence(name, live.spec, live, front, redact, deploying=deploying, restarts=restarts, runs=runs)


GOOD = hostile.answer(200, b"{}")
BAD = hostile.answer(500, b"broken")


@contextmanager
def given(*specs: Service) -> Iterator[Given]:
    """Servers for all of them, good at first."""
    found = Given({each.name: each for each in specs})
    with ExitStack() as stack:
        for each in specs:
            found.modes[each.name] = GOOD
            found.releases[each.name] = release(each)
            found.urls[each.name], _ = stack.enter_context(hostile.serving(_by_mode(found, each.name)))
        yield found


def _by_mode(found: Given, name: str) -> hostile.Respond:
    def respond(connection: socket.socket, stop: threading.Event) -> None:
        found.modes[name](connection, stop)

    return respond


@dataclass
class Told:
    """What the route got; it refuses while `refusing`."""

    alerts: list[Mapping[str, Any]] = field(default_factory=list)
    refusing: int = 0

    async def deliver(self, alert: Mapping[str, Any]) -> None:
        if self.refusing:
            self.refusing -= 1
            raise Undelivered("it was answered 500")
        self.alerts.append(alert)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(each["kind"], each["service"]) for each in self.alerts]


@dataclass
class Watcher:
    """A monitor over given services in a loop of its own thread, until the test is over."""

    engine: Engine
    told: Told
    changes: list[Change]
    stopped: asyncio.Event
    loop: asyncio.AbstractEventLoop

    @property
    def board(self) -> Board:
        return self.engine.board

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
        """Wait until it is so."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self._what_is(what)
            time.sleep(0.02)

    def _what_is(self, what: str) -> str:
        board, outbox = self.board, self.engine.outbox
        parts = (self.told.kinds, board.incidents, board.blames, board.faults, outbox.waiting, outbox.fault)
        return f"{what}: {', '.join(map(str, parts))}"

    def looks(self, count: int) -> None:
        """Wait for so many more looks at every check."""
        self.until(lambda: bool(self.board.checks), "the first survey")
        before = dict(self.engine.board.counts)
        self.until(
            lambda: all(
                sum(n for (s, c, _), n in self.board.counts.items() if (s, c) == key)
                >= count + sum(n for (s, c, _), n in before.items() if (s, c) == key)
                for key in self.board.checks
            ),
            f"{count} looks",
        )


@contextmanager
def watching(
    found: Given, monitoring: Monitoring = QUICK, data: Path | None = None, told: Told | None = None, **world: Any
) -> Iterator[Watcher]:
    """The monitor at work."""
    told = told or Told()
    system = System(
        Platform(api_version="oneway/v1", name="p", owners=OWNERS, monitoring=monitoring), found.specs, {}, ""
    )
    memory, clock, changes = Memory(data), SteadyClock(), list[Change]()
    saved = memory.load().none_after(clock.now())
    blames = remembered_blames(saved.facts)
    board = Board(system, standings=saved.standings, incidents=saved.incidents, blames=blames)
    outbox = Outbox(memory, {"test": told.deliver}, clock.now)
    outbox.add(saved.letters)
    started = threading.Event()
    watcher: list[Watcher] = []

    async def main() -> None:
        stopped = asyncio.Event()
        engine = Engine(
            World(found.survey, lambda name: b"", lambda: system, **world),
            board,
            Ledger(memory, saved.facts),
            outbox,
            clock,
            changes.append,
        )
        watcher.append(Watcher(engine, told, changes, stopped, asyncio.get_running_loop()))
        started.set()
        await engine.run(stopped)

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield watcher[0]
    finally:
        watcher[0].loop.call_soon_threadsafe(watcher[0].stopped.set)
        thread.join(20)
        assert not thread.is_alive()


__all__ = [
    "BAD",
    "GOOD",
    "OWNERS",
    "QUICK",
    "Call",
    "Given",
    "Slo",
    "Told",
    "Watcher",
    "given",
    "release",
    "service",
    "watching",
]
