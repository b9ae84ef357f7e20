"""`platform silence`: for how long nobody is told of a service; it is watched all the same."""

import getpass
import json
import time
from dataclasses import asdict
from typing import Annotated

import typer

from ...application.monitor_memory import certain, monitor_file, readable_memory
from ...errors import UsageError
from ...model import parse_duration
from ...monitor.watch_memory import Memory, Silence
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Env, Format, ListFormat, Manifests, MonitorData
from ..output.lines import table


def command(
    service: Annotated[
        str | None,
        typer.Argument(metavar="[SERVICE]", help="The service; none: list.", autocompletion=complete_services),
    ] = None,
    lasting: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="How long: 30m, 2h, at most 720h.")
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for whoever wonders.")] = "",
    end: Annotated[bool, typer.Option("--end", help="From now on people are told again.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    data: MonitorData = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Tell nobody of a service for a while; without one, list what is silenced. What is wrong shows on the page.

    A monitor that runs knows at once, one that starts later too.

    Example: platform silence id --for 2h --why "its disk is changed"
    """
    opened = open_environment(manifests, env)
    file = monitor_file(opened, data)
    if service is None and (lasting is not None or why or end):
        raise UsageError("a silence is for one service", "write `platform silence SERVICE --for 2h`")
    if service is not None:
        opened.services([service], opened.recorded)
        _change(Memory(file), service, lasting, why, end)
    memory = readable_memory(file)
    silences = certain(memory, memory.silences())
    if output is ListFormat.JSON:
        typer.echo(json.dumps({"version": 1, "silences": [asdict(each) for each in silences]}, ensure_ascii=False))
    elif not silences:
        typer.echo("nothing is silenced")
    else:
        typer.echo("\n".join(table(("SERVICE", "UNTIL", "BY", "WHY"), [_row(each) for each in silences])))


def _change(memory: Memory, service: str, lasting: str | None, why: str, end: bool) -> None:
    if end == (lasting is not None):
        raise UsageError(f"for how long is {service} to be silent?", "write --for 2h, or --end")
    if end:
        if not certain(memory, memory.end_silence(service)):
            raise UsageError(f"{service} is not silenced", "`platform silence` lists what is")
        return
    until = time.time() + _seconds(lasting or "")
    certain(memory, memory.silence(Silence(service, until, getpass.getuser(), why)))


def _seconds(text: str) -> float:
    try:
        seconds = float(parse_duration(text))
    except ValueError as error:
        raise UsageError(f"--for: {error}") from None
    if seconds <= 0:
        raise UsageError(f"--for {text} is no time at all", "write how long, as in 30m; --end ends a silence")
    return seconds


def _row(each: Silence) -> tuple[str, ...]:
    until = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.until))
    return (each.service, until, each.who, each.why)
