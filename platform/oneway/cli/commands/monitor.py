"""`platform monitor`: the checks of what is deployed, for ever."""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated

import msgspec
import typer

from ...application.open_environment import OpenEnvironment
from ...deploy import live
from ...errors import UsageError
from ...model import Duration, Monitoring, parse_duration
from ...monitor import Board, Change, Health, Watched, watch
from ...monitor.page import change_line
from ...monitor.server import serve
from ...targets.base import TargetError
from ..choose_target import open_environment
from ..options import Env, Format, ListFormat, Manifests
from ..output.lines import note


def command(
    manifests: Manifests = None,
    env: Env = None,
    every: Annotated[str | None, typer.Option("--every", metavar="DURATION", help="Between two rounds.")] = None,
    rounds: Annotated[int | None, typer.Option("--rounds", min=1, help="Stop after so many; default: never.")] = None,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help="Where the status page is; 0: a free port, `off`: none."),
    ] = "127.0.0.1:8099",
    output: Format = ListFormat.TEXT,
) -> None:
    """Run the smoke checks of everything that is declared, for ever, and tell what changes.

    A check counts as failing after `monitoring.fail_after` results in a row that are no passes, and as recovered after
    `recover_after` passes. Changes are printed, as JSON lines with --format json, and posted to
    `monitoring.webhook`. The status page is at --listen, with /metrics for Prometheus and /status.json.

    Exits with 1 when a check was failing at the end.

    Example: platform monitor --every 10s --format json
    """
    opened = open_environment(manifests, env)
    monitoring = _settings(opened, every)
    hook = _webhook(monitoring.webhook)
    board = Board()
    if listen != "off":
        server = serve(board, opened.system.platform.name, *_address(listen))
        note(f"status page at http://{server.server_address[0]!s}:{server.server_address[1]}/")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
    watch(
        lambda: _watched(opened),
        monitoring,
        opened.reading.workspace.content,
        _Until(stopped, rounds),
        lambda change: _tell(change, output, hook),
        board,
    )
    if any(each.health is Health.BAD for each in board.standings.values()):
        raise typer.Exit(1)


class _Until:
    """The wall clock, until somebody stops the loop or the rounds are over."""

    def __init__(self, stopped: threading.Event, rounds: int | None) -> None:
        self._stopped = stopped
        self._left = rounds

    def now(self) -> float:
        return time.time()

    def wait(self, seconds: float) -> bool:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                return False
        return not self._stopped.wait(seconds)


def _settings(opened: OpenEnvironment, every: str | None) -> Monitoring:
    monitoring = opened.system.platform.monitoring
    if every is not None:
        monitoring = msgspec.structs.replace(monitoring, every=_interval(every))
    if monitoring.every < 1:
        raise UsageError(f"a round every {monitoring.every} leaves no time for the checks", "choose 1s or more")
    return monitoring


def _interval(text: str) -> Duration:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--every: {error}") from None


def _watched(opened: OpenEnvironment) -> list[Watched]:
    return [_one(opened, name) for name in opened.system.services]


def _one(opened: OpenEnvironment, name: str) -> Watched:
    service = opened.system.services[name]
    try:
        release = live(opened.site.records.releases(name))
    except TargetError as error:
        return Watched(service, None, error.message)
    if release is None:
        return Watched(service, None, f"not running in {opened.name}")
    return Watched(service, lambda endpoint: opened.site.front(release, endpoint))


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"--listen {listen} is no address", "write HOST:PORT as in 127.0.0.1:8099, a port, or `off`")
    return host or "127.0.0.1", int(port)


def _webhook(setting: str | None) -> str | None:
    """The address as written, or from the environment when written `${NAME}`, for addresses that are secrets."""
    match = re.fullmatch(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", setting or "")
    if match is None:
        return setting
    if match[1] not in os.environ:
        raise UsageError(f"monitoring.webhook is ${{{match[1]}}}, which is not set", f"export {match[1]}=https://…")
    return os.environ[match[1]]


def _tell(change: Change, output: ListFormat, hook: str | None) -> None:
    if output is ListFormat.JSON:
        print(change_line(change), flush=True)
    else:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(change.time))
        reason = f": {change.reason}" if change.reason else ""
        print(f"{when}  {change.service}: {change.check}: {change.before} -> {change.after}{reason}", flush=True)
    if hook is not None:
        threading.Thread(target=_post, args=(hook, change_line(change), _complain), daemon=True).start()


def _complain(reason: str) -> None:
    print(f"note: the webhook was not reached: {reason}", file=sys.stderr, flush=True)


def _post(hook: str, body: str, complain: Callable[[str], None]) -> None:
    import requests

    try:
        answer = requests.post(hook, data=body.encode(), headers={"Content-Type": "application/json"}, timeout=10)
        if answer.status_code >= 400:
            complain(f"status {answer.status_code}")
    except requests.RequestException as error:
        complain(type(error).__name__)
