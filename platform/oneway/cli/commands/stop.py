"""`platform stop`: services, or everything."""

from collections.abc import Iterable
from typing import Annotated

import typer

from ...deploy import stop
from ...errors import OnewayError, UsageError
from ...graph import build
from ...model import System
from ..choose_target import known_services, open_site, require_confirmation, rollout_context
from ..options import Env, Manifests
from ..output import progress


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="The services to stop.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every service, and what the target runs on.")] = False,
    manifests: Manifests = None,
    env: Env = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, where the environment wants to be asked.")] = False,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
) -> None:
    """Stop services, callers first. With --all on this machine no process and no port is left.

    Their records stay: `platform up SERVICE` starts again what was stopped.

    Example: platform stop gateway
    """
    if bool(services) == everything:
        raise UsageError("name the services to stop, or say --all", "as in `platform stop id`")
    opened = open_site(manifests, env, context, namespace)
    recorded = opened.site.records.services()
    names = _callers_first(opened.system, recorded if everything else known_services(opened, services or (), recorded))
    require_confirmation(opened, f"stopping {', '.join(names) or 'nothing'}", yes)
    if names and not opened.site.faults():
        opened.site.require()
    width = max((len(name) for name in names), default=0)
    for name in names:
        typer.echo(f"{name:{width}}  {stop(rollout_context(opened, progress.lines(width)), name)}")
    if everything:
        opened.site.shut_down()
        typer.echo("everything is stopped" if names else "nothing was running")


def _callers_first(system: System, names: Iterable[str]) -> list[str]:
    """Those that no manifest declares come first; where calls go in a ring there is no order to keep."""
    try:
        places = {name: at for at, wave in enumerate(build(system).waves()) for name in wave}
    except OnewayError:
        places = {}
    return sorted(names, key=lambda name: (-places.get(name, len(places)), name))
