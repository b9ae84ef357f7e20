"""`platform stop`: services, or everything."""

from typing import Annotated

import typer

from ..deploy import stop
from . import progress
from .options import Env, Manifests
from .site import desk, known_services, open_site, require_confirmation


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every service, and what the target runs on.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, where the environment wants to be asked.")] = False,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
) -> None:
    """Stop services, callers first; with nothing named, everything. On this machine no process and no port is left.

    Example: platform stop gateway
    """
    opened = open_site(manifests, env, context, namespace)
    recorded = opened.site.records.services()
    chosen = known_services(opened, [] if everything else services or [], recorded)
    names = chosen or list(recorded)
    require_confirmation(opened, f"stopping {', '.join(names) or 'nothing'}", yes)
    if names and not opened.site.faults():
        opened.site.require()
    width = max((len(name) for name in names), default=0)
    for name in names:
        typer.echo(f"{name:{width}}  {stop(desk(opened, progress.lines(width)), name)}")
    if not chosen:
        opened.site.shut_down()
        typer.echo("everything is stopped" if names else "nothing was running")
