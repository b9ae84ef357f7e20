"""`platform diff`: what deploying now would change."""

import json
from typing import Annotated

import typer

from ...application.deploy_services import differences, plan_deploy, with_unmet
from ...deploy import Wish
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace
from ..output.lines import environment_line


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
    """What deploying now would change against what runs, field by field, and what it would be refused for.

    Nothing is touched.

    Example: platform diff id
    """
    opened = open_environment(manifests, env, context, namespace)
    names = opened.services(services or sorted(opened.system.services))
    plan = with_unmet(opened, plan_deploy(opened, names))
    working = (Wish.DEPLOY, Wish.RESUME, Wish.RESTART)
    changed = {each.service: differences(opened, each) for each in plan.actions if each.wish in working}
    if output is ListFormat.JSON:
        refusals = [each.as_json() for each in plan.refusals]
        typer.echo(json.dumps({"version": 1, "environment": opened.name, "changes": changed, "refusals": refusals}))
        return
    typer.echo(environment_line(opened.name, opened.site.name), err=True)
    for name, lines in changed.items():
        typer.echo("\n".join([name, *(f"  {line}" for line in lines)]))
    for refusal in plan.refusals:
        typer.echo(f"a deploy is refused: {refusal.reason}\n  hint: {refusal.hint}")
    if not changed:
        typer.echo("what runs is what the manifests and the code say")
