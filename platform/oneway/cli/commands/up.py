"""`platform up`: bring back what should be running."""

from typing import Annotated

import typer

from ...deploy import bring_up
from ...errors import OnewayError
from ..choose_target import known_services, open_site, rollout_context
from ..options import Env, Manifests
from ..output import progress


def command(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all that should be running.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Those too that were stopped by hand and are declared.")
    ] = False,
    manifests: Manifests = None,
    env: Env = None,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
) -> None:
    """Bring back what should be running, after a crash or a reboot, and finish what was cut off.

    The live release of every service serves afterwards, whole and alone. What was stopped by hand stays stopped, unless
    it is named, or --all is given and a manifest declares it: then the release that was stopped starts again, without
    a gate.

    Example: platform up id
    """
    opened = open_site(manifests, env, context, namespace)
    recorded = opened.site.records.services()
    asked = services or []
    names = known_services(opened, asked or recorded, recorded)
    opened.site.require()
    width = max((len(name) for name in names), default=0)
    failed = False
    for name in names:
        start = name in asked or (everything and name in opened.system.services)
        try:
            said = bring_up(rollout_context(opened, progress.lines(width)), name, start)
            typer.echo(f"{name:{width}}  {said}")
        except OnewayError as error:
            failed = True
            typer.echo(f"{name:{width}}  FAILED  {error.message}\n  hint: {error.hint}")
    if failed:
        raise typer.Exit(1)
