"""Watch what is live in an environment: the monitor put together, with its page, until somebody stops it."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import msgspec

from ..deploy import rollback_action, run
from ..errors import OnewayError, UsageError
from ..generate.kubernetes import MONITOR
from ..graph import build
from ..model import Check, Monitoring, ServiceMonitoring, System
from ..monitor.board import Board
from ..monitor.core import windows
from ..monitor.core.look import Change
from ..monitor.deciding import remembered_blames
from ..monitor.live_survey import Presence, Survey, take_survey
from ..monitor.monitor_loop import Engine
from ..monitor.outbox import Outbox
from ..monitor.routes import resolved, routes_of
from ..monitor.status_view import Status, status
from ..monitor.steady_clock import SteadyClock
from ..monitor.surveying import World
from ..monitor.watch_ledger import Ledger
from ..monitor.watch_memory import Memory
from ..probe import Send, http_sender
from ..render import FORMATS, View, draw, seen
from .layout_engine import LayoutChoice, layout_engines
from .live_manifests import LiveManifests
from .one_monitor import held_alone
from .open_environment import OpenEnvironment

_DRAWING_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Watching:
    """What is watched and how: the system as read, and as it is read again when a manifest has changed; where it is
    remembered, where the page listens (None: nowhere). `inside` a cluster services are asked at their own addresses."""

    opened: OpenEnvironment
    system: System
    read_again: Callable[[], System]
    data: Path
    environment: Mapping[str, str]
    rounds: int | None = None
    public: bool = False
    address: tuple[str, int] | None = None
    inside: bool = False


async def watch(
    watching: Watching, heard: Callable[[Change], None], listening: Callable[[str], None], stopped: asyncio.Event
) -> Status:
    """Watch until stopped, or until the rounds are over; the status at the end. OnewayError where another monitor has
    this memory; inside a cluster its replicas agree by other means, and whoever looks once remembers nothing."""
    if watching.inside or watching.rounds == 1:
        return await _watch(watching, heard, listening, stopped)
    with held_alone(watching.data) as held:

        def told(page: str) -> None:
            held.tell(page)
            listening(page)

        return await _watch(watching, heard, told, stopped)


async def _watch(
    watching: Watching, heard: Callable[[Change], None], listening: Callable[[str], None], stopped: asyncio.Event
) -> Status:
    engine = _engine(watching, heard)
    ended: list[asyncio.Task[None]] = []
    if watching.address is not None:
        ended.append(_serve(watching, engine, listening))
    heart = asyncio.create_task(_beat(engine, watching.environment))
    try:
        await engine.run(stopped)
    finally:
        heart.cancel()
        for each in ended:
            each.cancel()
        await asyncio.gather(heart, *ended, return_exceptions=True)
    return status(engine.board, engine.clock.now())


def _engine(watching: Watching, heard: Callable[[Change], None]) -> Engine:
    opened, monitoring = watching.opened, watching.system.platform.monitoring
    _sound(watching.system)
    once = watching.rounds == 1
    memory = Memory(None if once else watching.data)
    clock = SteadyClock()
    saved = memory.load().none_after(clock.now())
    system = _looking_once(watching.system) if once else watching.system
    blames = remembered_blames(saved.facts)
    board = Board(system, standings=saved.standings, incidents=saved.incidents, blames=blames)
    ledger = Ledger(memory, facts=saved.facts)
    outbox = Outbox(memory, {} if once else routes_of(monitoring, watching.environment), clock.now)
    outbox.add(saved.letters)

    manifests = LiveManifests(opened.reading.workspace.manifests, system, lambda: _sound(watching.read_again()))

    def survey(before: Survey) -> Survey:
        found = take_survey(opened.site, manifests.look().services, before)
        found = replace(found, fault=found.fault or manifests.fault)
        found = _asked_directly(found, watching.system) if watching.inside else found
        return _survey_once(found) if once else found

    def declared() -> System:
        return manifests.system

    world = World(survey, opened.reading.workspace.content, declared, lambda name: _roll_back(opened, name))
    return Engine(world, board, ledger, outbox, clock, heard, watching.rounds)


def _asked_directly(found: Survey, system: System) -> Survey:
    """The survey with services of http asked under the names that callers in the cluster use."""
    namespace = system.settings.namespace or system.platform.name

    def front(presence: Presence) -> Callable[[str | None], Send] | None:
        known = presence.front

        def send(name: str | None) -> Send:
            endpoint = presence.spec.endpoint(name)
            if endpoint is not None and endpoint.protocol == "http":
                return http_sender(f"http://{presence.service}.{namespace}:{endpoint.port}")
            assert known is not None
            return known(name)

        return send if known is not None else None

    return replace(found, services={name: replace(each, front=front(each)) for name, each in found.services.items()})


def _looking_once(system: System) -> System:
    """One look is enough for a state where only one is taken."""
    monitoring = msgspec.structs.replace(system.platform.monitoring, fail_after=1, recover_after=1)
    platform = msgspec.structs.replace(system.platform, monitoring=monitoring)
    return System(platform, system.services, system.files, system.platform_file, system.environment)


def _survey_once(found: Survey) -> Survey:
    def once(check: Check) -> Check:
        return msgspec.structs.replace(check, monitoring=type(check.monitoring)(within=check.monitoring.within))

    services = {}
    for name, each in found.services.items():
        smoke = tuple(once(check) for check in each.spec.checks)
        settings = ServiceMonitoring(maintenance=each.spec.monitoring.maintenance)
        services[name] = replace(each, spec=msgspec.structs.replace(each.spec, smoke=smoke, monitoring=settings))
    return Survey(services, found.fault)


def _sound(system: System) -> System:
    """The same, when its maintenance windows can be meant."""
    wanted = [("monitoring", each) for each in system.platform.monitoring.maintenance]
    for name, service in system.services.items():
        wanted += [(f"monitoring of {name}", each) for each in service.monitoring.maintenance]
    for where, window in wanted:
        if fault := windows.fault(window):
            raise UsageError(f"{where}: {fault}", "see `maintenance` in the schema of manifests")
    return system


def _roll_back(opened: OpenEnvironment, name: str) -> str:
    """Put the release of before back, through the deploy engine; how it ended, in words."""
    try:
        action = rollback_action(opened.rollout_context(), name, None)
        (result,) = run(opened.rollout_context(), [action], 1)
    except OnewayError as error:
        return f"it could not be put back: {error.message}"
    return f"{result.release.version} serves again" if result.good and result.release else f"it failed: {result.reason}"


def _serve(watching: Watching, engine: Engine, listening: Callable[[str], None]) -> "asyncio.Task[None]":
    from ..monitor.web.server import listen, make_server
    from ..monitor.web.web_api import make_api

    host, port = watching.address or ("127.0.0.1", 0)
    socket = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    listening(f"http://{shown}:{socket.getsockname()[1]}/")
    local = {"localhost", "127.0.0.1", "::1"}
    pod = watching.environment.get("POD_IP", "")
    names = _names_of_monitor(watching.system) if watching.inside else set()
    hosts = {*local, host, pod, *names, *watching.system.platform.monitoring.hosts} - {"0.0.0.0", "::", ""}
    server = make_server(make_api(engine, lambda: _drawn_apart(_shown(engine.board)), watching.public), hosts)
    return asyncio.create_task(server.serve(sockets=[socket]))


def _names_of_monitor(system: System) -> set[str]:
    """Under what names its page is asked inside the cluster."""
    namespace = system.settings.namespace or system.platform.name
    return {MONITOR, f"{MONITOR}.{namespace}", f"{MONITOR}.{namespace}.svc", f"{MONITOR}.{namespace}.svc.cluster.local"}


def _shown(board: Board) -> System:
    """What the picture shows: what is live as its release declares it, and what is declared only."""
    system, live = board.system, board.survey.services
    services = {name: live[name].spec for name in sorted(live)} or dict(system.services)
    files = {name: system.files.get(name, "") for name in services}
    return System(system.platform, services, files, system.platform_file, system.environment)


def _drawn_apart(system: System) -> str:
    """The picture, drawn by a process of its own: of a thousand services that takes seconds, and no check may wait."""
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            return apart.submit(_picture, system).result(_DRAWING_SECONDS)
    except (BrokenExecutor, TimeoutError, OSError):
        return ""


def _picture(system: System) -> str:
    """The architecture as a page; empty where it cannot be drawn, since the table says the same."""
    try:
        picture = seen(draw(build(system)), View(), "html")
        return FORMATS["html"].draw(picture, layout_engines(LayoutChoice.AUTO)[0].run).decode()
    except OnewayError:
        return ""


async def _beat(engine: Engine, environment: Mapping[str, str]) -> None:
    """Ask the address of the heartbeat as long as the loop keeps up."""
    from ..probe import NoAnswer, Outgoing, http_sender

    monitoring: Monitoring = engine.monitoring
    if monitoring.heartbeat is None:
        return
    from ..monitor.routes import split_url

    base, path = split_url(resolved(monitoring.heartbeat.url, environment, "monitoring.heartbeat.url"))
    while True:
        if engine.well:
            try:
                await http_sender(base).ask(Outgoing("GET", path, {}, None, 10.0))
                engine.board.faults.pop("heartbeat", None)
            except NoAnswer as error:
                engine.board.faults["heartbeat"] = f"the heartbeat is not heard: {error}"
        await asyncio.sleep(float(monitoring.heartbeat.every))
