"""`platform dev`: the development loop."""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Final

import typer

from ...application.develop import Development, choose_services
from ...application.gather_logs import gather_logs
from ...application.open_environment import OpenEnvironment
from ...application.read_manifests import read_deployed, require_sound
from ...deploy import live
from ...errors import OnewayError
from ...model import System
from ...model.patterns import Pattern
from ...targets.base import LogLine
from ...workspace.file_changes import changes
from ..choose_target import open_environment, workshop_of
from ..completion import complete_services
from ..interaction import heeding_signals
from ..options import Env, Grep, Manifests, Since
from ..output.lines import environment_line
from ..output.log_lines import colored, log_line, read_pattern, read_since

_OURS: Final = "platform"


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE...", help="Default: all of them.", autocompletion=complete_services),
    ] = None,
    since: Since = None,
    grep: Grep = None,
    manifests: Manifests = None,
    env: Env = None,
) -> None:
    """Run services from the working tree, and again whenever their files or manifests change, until Ctrl-C.

    They answer at their stable ports, built as a deploy builds them and without a gate; the rest runs as it was
    released. What all of them print comes in one stream. At the end nothing runs that did not before.

    Example: platform dev gateway caption --grep 'ERROR|gateway'
    """
    begin, pattern = read_since(since), read_pattern(grep)
    opened = open_environment(manifests, env)
    names = choose_services(opened, services or ())
    workshop = workshop_of(opened)
    opened.site.require()
    typer.echo(f"{environment_line(opened.name, opened.site.name)}: {', '.join(names)} from the working tree")
    say = _printer(max(map(len, [_OURS, *opened.system.services])) + len(".1.0"), pattern)

    def tell(service: str, text: str) -> None:
        say(LogLine(_OURS, f"{service} {text}".lstrip()), True)

    with heeding_signals() as over:
        development = Development(opened, names, workshop, lambda: _reread(opened, env), tell, over)
        logs = threading.Thread(target=_print_logs, args=(opened, names, begin, say, tell, over), daemon=True)
        logs.start()
        with development.running():
            development.watch(changes)
        logs.join()


def _reread(opened: OpenEnvironment, env: str | None) -> System:
    return require_sound(read_deployed(opened.reading.workspace.manifests, env))


def _printer(width: int, pattern: Pattern | None) -> Callable[[LogLine, bool], None]:
    """Prints a line, one at a time; ours always, others where the pattern is found."""
    lock, color = threading.Lock(), colored()

    def say(line: LogLine, always: bool = False) -> None:
        if always or pattern is None or pattern.found_in(log_line(line)):
            with lock:
                typer.echo(log_line(line, width, color), color=color)

    return say


def _print_logs(
    opened: OpenEnvironment,
    names: list[str],
    since: float | None,
    say: Callable[[LogLine, bool], None],
    tell: Callable[[str, str], None],
    over: threading.Event,
) -> None:
    """What all services print: of the past only what is asked for."""
    rest = [each for each in opened.recorded if each not in names and live(opened.site.records.releases(each))]
    try:
        for line in gather_logs(opened.site, [*names, *rest], 0, True, since or time.time(), over):
            say(line, False)
    except OnewayError as error:
        tell("", error.message)
