"""`platform status`: what runs, where, since when, and how healthy it is."""

import json
from typing import Annotated

import typer

from ...application.service_status import look
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace
from ..output.status import status_json, status_lines


def command(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all.", autocompletion=complete_services)
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """What runs, in which version, since when, where it answers, how healthy it is, and what was left unfinished.

    Services without a manifest are listed while anything of them runs. Exits with 1 when something that should run is
    not healthy.

    Example: platform status id --format json
    """
    opened = open_environment(manifests, env, context, namespace)
    status = look(opened, services or ())
    if output is ListFormat.JSON:
        typer.echo(json.dumps(status_json(status, opened.name, opened.site.name)))
    else:
        typer.echo("\n".join(status_lines(status, opened.name, opened.site.name)))
    if not status.good:
        raise typer.Exit(1)
