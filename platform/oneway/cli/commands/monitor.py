"""`platform monitor`: the checks of what is live, for ever, or once."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from ...application.generated_checks import with_generated
from ...application.monitor_memory import monitor_file
from ...application.read_manifests import read_deployed, require_sound
from ...application.watch_in_turn import Election, watch_in_turn
from ...application.watch_services import Watching, watch
from ...errors import UsageError
from ...model import Duration, System, parse_duration
from ...monitor.core.look import Change
from ...monitor.routes import process_environment
from ...monitor.status_view import Status
from ..choose_target import IN_CLUSTER, open_environment, pod_election
from ..options import Env, Format, ListFormat, Manifests, MonitorData
from ..output.lines import note


def command(
    manifests: Manifests = None,
    env: Env = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="DURATION", help="The interval where no manifest says another.")
    ] = None,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="End after so many looks of each check; default: never.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One look of each check, what it shows, and the end.")] = False,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help="Where the status page is; 0: a free port, `off`: none."),
    ] = "127.0.0.1:8099",
    public: Annotated[
        bool, typer.Option("--public", help="Show to anybody: states of services with a public endpoint, no more.")
    ] = False,
    data: MonitorData = None,
    in_cluster: Annotated[
        bool,
        typer.Option("--in-cluster", help="As a pod of the cluster that is watched; of several replicas one watches."),
    ] = False,
    output: Format = ListFormat.TEXT,
) -> None:
    """Run the smoke checks of everything that is live, for ever, and tell what changes.

    Each check runs at its own interval (`monitoring:` in the manifests) and never longer than that. A service that
    fails because of one that it calls is blocked; only the cause is told, to the routes of `monitoring.alerts` and to
    `monitoring.webhook`. Changes are printed, as JSON lines with --format json. The status page is at --listen, with
    /metrics for Prometheus, /status.json, /livez and an API (/openapi.json).

    Exits with 1 when a check was failing at the end, or the last run of a job.

    Example: platform monitor --every 10s --format json
    """
    opened = open_environment(manifests, env, IN_CLUSTER if in_cluster else None)

    def read_again() -> System:
        reading, _ = with_generated(read_deployed(manifests, env))
        return _with_interval(require_sound(reading), every)

    watching = Watching(
        opened,
        _with_interval(opened.system, every),
        read_again,
        monitor_file(opened, data),
        process_environment(),
        rounds=1 if once else rounds,
        public=public,
        address=None if once or listen == "off" else _address(listen),
        inside=in_cluster,
    )
    heard = _silent if once else _json_line if output is ListFormat.JSON else _text_line
    status = asyncio.run(_watch(watching, heard, pod_election(opened) if in_cluster else None))
    if status is None:
        return
    if once:
        typer.echo(json.dumps(status) if output is ListFormat.JSON else "\n".join(_table(status)))
    jobs = [job["state"] for each in status["services"] for job in each["jobs"]]
    if any(each["health"] == "bad" for each in status["checks"]) or {"failed", "cut off"} & {*jobs}:
        raise typer.Exit(1)


async def _watch(watching: Watching, heard: Callable[[Change], None], election: Election | None) -> Status | None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)

    async def work(ended: asyncio.Event) -> Status:
        return await watch(watching, heard, lambda url: note(f"status page at {url}"), ended)

    if election is None:
        return await work(stopped)
    return await watch_in_turn(election, work, watching.address, _step_down, stopped)


def _step_down() -> None:
    """End at once, as if killed: another replica tells what there is to tell, from what is written down."""
    note("another replica may be watching now; this one ends, to stand by anew")
    os._exit(1)


def _with_interval(system: System, every: str | None) -> System:
    monitoring = system.platform.monitoring
    if every is not None:
        monitoring = msgspec.structs.replace(monitoring, every=_interval(every))
    if monitoring.every < 1:
        raise UsageError(f"a look every {monitoring.every} leaves no time for the checks", "choose 1s or more")
    platform = msgspec.structs.replace(system.platform, monitoring=monitoring)
    return System(platform, system.services, system.files, system.platform_file, system.environment)


def _interval(text: str) -> Duration:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--every: {error}") from None


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"--listen {listen} is no address", "write HOST:PORT as in 127.0.0.1:8099, a port, or `off`")
    return host.strip("[]") or "127.0.0.1", int(port)


def _silent(change: Change) -> None:
    """Whoever looks once sees the end alone."""


def _json_line(change: Change) -> None:
    body = {
        "version": 1,
        "time": round(change.time, 3),
        "service": change.service,
        "check": change.check,
        "before": change.before.value,
        "after": change.after.value,
        "reason": change.reason,
    }
    print(json.dumps(body, ensure_ascii=False), flush=True)


def _text_line(change: Change) -> None:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(change.time))
    reason = f": {change.reason}" if change.reason else ""
    print(f"{when}  {change.service}: {change.check}: {change.before} -> {change.after}{reason}", flush=True)


def _table(status: Status) -> list[str]:
    width = max((len(each["service"]) for each in status["services"]), default=0)
    lines = []
    for service in status["services"]:
        lines.append(f"{service['service']:{width}}  {service['words']}")
        for each in status["checks"]:
            if each["service"] == service["service"]:
                took = f" ({each['seconds'] * 1000:.0f} ms)" if each["seconds"] is not None else ""
                lines.append(f"  {each['words']}  {each['check']}{took}")
                lines += [f"    {e['where']}: expected {e['expected']}, got {e['actual']}" for e in each["failures"]]
        lines += [
            f"  job {each['job']} ({each['schedule'] or 'by hand alone'}): {each['words']}" for each in service["jobs"]
        ]
    return [*lines, *status["faults"]]
