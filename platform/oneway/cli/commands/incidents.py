"""`platform incidents`: what the monitor found, newest first, and who took it on."""

import getpass
import json
import time
from typing import Annotated, Any, Final

import typer

from ...application.monitor_memory import certain, monitor_file, readable_memory
from ...errors import UsageError
from ...monitor.core.incidents import Incident
from ..choose_target import open_environment
from ..options import Env, Format, ListFormat, Manifests, MonitorData
from ..output.lines import table

_ALL: Final = 1_000_000


def command(
    only_open: Annotated[bool, typer.Option("--open", help="Only what is not over.")] = False,
    acknowledge: Annotated[
        str | None,
        typer.Option("--acknowledge", metavar="ID", help="Take an open one on: nobody is reminded of it any more."),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who takes it on; default: you.")] = None,
    lines: Annotated[int, typer.Option("--lines", metavar="N", min=1, help="How many incidents.")] = 20,
    manifests: Manifests = None,
    env: Env = None,
    data: MonitorData = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """The incidents that the monitor remembers: the cause, who was blocked by it, since when and for how long.

    Example: platform incidents --open
    """
    if by is not None and acknowledge is None:
        raise UsageError("--by says who takes an incident on", "name it: --acknowledge ID")
    memory = readable_memory(monitor_file(open_environment(manifests, env), data))
    if acknowledge is not None and not certain(memory, memory.acknowledge(acknowledge, by or getpass.getuser())):
        raise UsageError(f"there is no open incident {acknowledge}", "`platform incidents --open` lists them")
    found = certain(memory, memory.incidents(_ALL if acknowledge else lines))
    chosen = [each for each in found if acknowledge in (None, each.id) and not (only_open and each.closed is not None)]
    if output is ListFormat.JSON:
        typer.echo(json.dumps({"version": 1, "incidents": [_plain(each) for each in chosen]}, ensure_ascii=False))
    elif not chosen:
        typer.echo("no incident is open" if only_open else "the monitor remembers no incident")
    else:
        head = ("INCIDENT", "SERVICE", "STATE", "SINCE", "TOOK", "TAKEN ON BY", "BLOCKED", "WHY")
        typer.echo("\n".join(table(head, [_row(each) for each in chosen])))


def _plain(each: Incident) -> dict[str, Any]:
    return {
        "id": each.id,
        "service": each.service,
        "state": each.state,
        "check": each.check,
        "reason": each.reason,
        "opened": each.opened,
        "closed": each.closed,
        "blocked": list(each.blocked),
        "degraded": list(each.degraded),
        "told": each.sequence,
        "acknowledged": each.acknowledged,
    }


def _row(each: Incident) -> tuple[str, ...]:
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.opened))
    took = "open" if each.closed is None else f"{max(0.0, each.closed - each.opened):.0f} s"
    blocked = ", ".join(each.blocked) or "-"
    return (each.id, each.service, each.state, since, took, each.acknowledged or "-", blocked, each.reason)
