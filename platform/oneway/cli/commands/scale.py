"""`platform scale`: how many replicas of a service run."""

import json
from typing import Annotated

import typer

from ...application.scale_service import scale_service
from ..choose_target import open_environment
from ..interaction import require_confirmation
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Service, Yes
from ..output import progress
from ..output.lines import count, environment_line


def command(
    service: Service,
    replicas: Annotated[int, typer.Argument(metavar="N", min=0, help="How many replicas.")],
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Start more replicas of what serves, or let some end when they have answered; comes back when it is so.

    It holds until the next release, whose manifest says the number again. Where the manifest declares `scale: {min,
    max, cpu}` the number must lie in that range, and the load goes on from there.

    Example: platform scale gateway 3
    """
    opened = open_environment(manifests, env, context, namespace)
    opened.site.require()
    require_confirmation(opened, f"scaling {service} to {replicas}", yes)
    scaled = scale_service(opened, service, replicas, progress.lines(len(service)))
    if output is ListFormat.JSON:
        told = {"environment": opened.name, "service": service, "before": scaled.before, "replicas": scaled.after}
        typer.echo(json.dumps({"version": 1, **told, "elastic": scaled.elastic}))
        return
    until = "its load decides from here on" if scaled.elastic else "until its next release"
    typer.echo(environment_line(opened.name, opened.site.name))
    typer.echo(f"{service}  {count(scaled.after, 'replica')}, before {scaled.before}: {until}")
