"""`platform logs`: what a service prints."""

import json
from typing import Annotated

import typer

from ...deploy import live
from ...errors import OnewayError
from ...model.secrets import redact
from ..choose_target import known_services, open_site
from ..options import Env, Format, ListFormat, Manifests
from ..output.readable import readable


def command(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="The service.")],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, help="How many from before.")] = 50,
    manifests: Manifests = None,
    env: Env = None,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """The last lines that a service's replicas printed, with `-f` on and on.

    JSON lines with time, level and message are shown for people, in local time; `--format json` keeps them as they are.

    Example: platform logs id -f
    """
    opened = open_site(manifests, env, context, namespace)
    known_services(opened, [service], opened.site.records.services())
    if live(opened.site.records.releases(service)) is None:
        hint = f"`platform status {service}` says why; `platform history {service}` keeps the last lines of what failed"
        raise OnewayError(f"nothing of {service} runs in {opened.environment}", hint)
    for line in opened.site.logs(service, lines, follow):
        if output is ListFormat.JSON:
            typer.echo(json.dumps({"instance": line.instance, "text": redact(line.text)}))
        else:
            typer.echo(f"{line.instance}  {readable(redact(line.text))}")
