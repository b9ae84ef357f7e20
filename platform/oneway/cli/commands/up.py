"""`platform up`: bring back what should be running."""

from typing import Annotated

import typer

from ...application.bring_up import bring_up
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Manifests, Namespace
from ..output import progress
from ..output.lines import environment_line


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SERVICE...", help="Default: all that should be running.", autocompletion=complete_services
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those too that were stopped by hand and are declared.")
    ] = False,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Bring back what should be running, after a crash or a reboot, and finish what was cut off.

    The live release of every service serves afterwards, whole and alone. What was stopped by hand stays stopped, unless
    it is named, or --all is given and a manifest declares it: then the release that was stopped starts again, without
    a gate.

    Example: platform up id
    """
    opened = open_environment(manifests, env, context, namespace)
    asked = services or []
    names = opened.services(asked or opened.recorded, opened.recorded)
    start = {*asked, *(opened.system.services if everything else ())}
    opened.site.require()
    typer.echo(environment_line(opened.name, opened.site.name))
    width = max((len(name) for name in names), default=0)
    failed = False
    for each in bring_up(opened, names, start, progress.lines(width)):
        if each.error is None:
            typer.echo(f"{each.service:{width}}  {each.text}")
        else:
            failed = True
            typer.echo(f"{each.service:{width}}  FAILED  {each.error.message}\n  hint: {each.error.hint}")
    if failed:
        raise typer.Exit(1)
