"""`platform diff`: what deploying now would change."""

import json
from typing import Annotated

import typer

from ...deploy import Wish, make_plan
from ...workspace import content_of
from ..choose_target import known_services, open_site, rollout_context
from ..options import Env, Format, ListFormat, Manifests


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all.")] = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """What deploying now would change against what runs, field by field, and what it would be refused for.

    Nothing is touched.

    Example: platform diff id
    """
    opened = open_site(manifests, env, context, namespace)
    names = known_services(opened, services or sorted(opened.system.services))
    root = opened.reading.workspace.root
    silent = rollout_context(opened, lambda _: None)
    plan = make_plan(silent, opened.system, names, lambda spec: content_of(root, spec).digest)
    changed = {
        each.service: [*each.differences, *opened.site.differences(each.draft, each.old)]
        for each in plan.actions
        if each.wish in (Wish.DEPLOY, Wish.RESUME)
    }
    if output is ListFormat.JSON:
        typer.echo(
            json.dumps({"version": 1, "changes": changed, "refusals": [each.as_json() for each in plan.refusals]})
        )
        return
    for name, lines in changed.items():
        typer.echo("\n".join([name, *(f"  {line}" for line in lines)]))
    for refusal in plan.refusals:
        typer.echo(f"a deploy is refused: {refusal.reason}\n  hint: {refusal.hint}")
    if not changed:
        typer.echo("what runs is what the manifests and the code say")
