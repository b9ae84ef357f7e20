"""`platform logs`: what services print."""

import json
from typing import Annotated

import typer

from ...application.gather_logs import gather_logs
from ...deploy import live
from ...errors import OnewayError
from ...model.secrets import redact
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Format, Grep, ListFormat, Manifests, Namespace, Since
from ..output.log_lines import colored, log_line, read_pattern, read_since


def command(
    services: Annotated[
        list[str],
        typer.Argument(metavar="SERVICE...", help="The services.", autocompletion=complete_services),
    ],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, help="How many from before.")] = 50,
    since: Since = None,
    grep: Grep = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """The last lines that the replicas of services printed, with `-f` on and on.

    JSON lines with time, level and message are shown for people, in local time; `--format json` keeps them as they are.
    `--since` goes by the times that lines tell; a line that tells none is as old as the one before it.

    Example: platform logs gateway caption -f --since 10m --grep 'ERROR|WARN'
    """
    begin, pattern = read_since(since), read_pattern(grep)
    opened = open_environment(manifests, env, context, namespace)
    names = opened.services(services, opened.recorded)
    for name in names:
        if live(opened.site.records.releases(name)) is None:
            hint = f"`platform status {name}` says why; `platform history {name}` keeps the last lines of what failed"
            raise OnewayError(f"nothing of {name} runs in {opened.name}", hint)
    color, width = colored(), max(map(len, names)) + len(".1.0") if len(names) > 1 else 0
    for line in gather_logs(opened.site, names, lines, follow, begin):
        text = log_line(line, width, color)
        if pattern is not None and not pattern.found_in(log_line(line)):
            continue
        if output is ListFormat.JSON:
            text = json.dumps({"instance": line.instance, "text": redact(line.text)})
        typer.echo(text, color=color)
