"""`platform stop`: services, or everything."""

from typing import Annotated

import typer

from ...application.stop_services import callers_first, stop_services
from ...errors import UsageError
from ..choose_target import open_environment
from ..completion import complete_services
from ..interaction import require_confirmation
from ..options import Context, Env, Manifests, Namespace, Yes
from ..output import progress
from ..output.lines import environment_line


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE...", help="The services to stop.", autocompletion=complete_services),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every service, and what the target runs on.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Stop services, callers first. With --all on this machine no process and no port is left.

    Their records stay: `platform up SERVICE` starts again what was stopped.

    Example: platform stop gateway
    """
    if bool(services) == everything:
        raise UsageError("name the services to stop, or say --all", "as in `platform stop id`")
    opened = open_environment(manifests, env, context, namespace)
    recorded = opened.recorded
    names = callers_first(opened.system, recorded if everything else opened.services(services or (), recorded))
    require_confirmation(opened, f"stopping {', '.join(names) or 'nothing'}", yes)
    if names and not opened.site.faults():
        opened.site.require()
    typer.echo(environment_line(opened.name, opened.site.name))
    width = max((len(name) for name in names), default=0)
    for name, ending in stop_services(opened, names, progress.lines(width)):
        typer.echo(f"{name:{width}}  {ending}")
    if everything:
        opened.site.shut_down()
        typer.echo("everything is stopped" if names else "nothing was running")
        for name in opened.site.neighbours():
            typer.echo(f"  {name} still runs here: `platform stop --all --env {name}` stops it")
