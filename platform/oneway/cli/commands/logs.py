"""`platform logs`: what a service prints."""

import json
from typing import Annotated

import typer

from ...deploy import live
from ...errors import OnewayError
from ...model.secrets import redact
from ..choose_target import open_environment
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Service
from ..output.readable import readable


def command(
    service: Service,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, help="How many from before.")] = 50,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """The last lines that a service's replicas printed, with `-f` on and on.

    JSON lines with time, level and message are shown for people, in local time; `--format json` keeps them as they are.

    Example: platform logs id -f
    """
    opened = open_environment(manifests, env, context, namespace)
    opened.services([service], opened.recorded)
    if live(opened.site.records.releases(service)) is None:
        hint = f"`platform status {service}` says why; `platform history {service}` keeps the last lines of what failed"
        raise OnewayError(f"nothing of {service} runs in {opened.name}", hint)
    for line in opened.site.logs(service, lines, follow):
        if output is ListFormat.JSON:
            typer.echo(json.dumps({"instance": line.instance, "text": redact(line.text)}))
        else:
            typer.echo(f"{line.instance}  {readable(redact(line.text))}")
