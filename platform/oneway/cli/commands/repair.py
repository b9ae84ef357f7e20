"""`platform repair`: back to what the records say, also where they are lost."""

import typer

from ...application.bring_up import bring_up
from ..choose_target import open_environment
from ..interaction import require_confirmation
from ..options import Context, Env, Manifests, Namespace, Yes
from ..output import progress
from ..output.lines import environment_line


def command(
    manifests: Manifests = None,
    env: Env = None,
    yes: Yes = False,
    context: Context = None,
    namespace: Namespace = None,
) -> None:
    """Put lost or broken release records back, bring up what they say, and end what runs without a record.

    The records are copied before and after each change; the newest copy that is whole takes the place of what is lost,
    and what was there is kept beside it. Where there is no copy the records begin anew, and what runs is ended, since
    nobody can say what it is: `platform deploy --all` starts again.

    Example: platform repair
    """
    opened = open_environment(manifests, env, context, namespace, broken=True)
    typer.echo(environment_line(opened.name, opened.site.name))
    require_confirmation(opened, "repairing the records", yes)
    done = list(opened.site.repair())
    for line in done:
        typer.echo(line)
    names = opened.recorded
    if names:
        opened.site.require()
    width = max((len(name) for name in names), default=0)
    failed = False
    for each in bring_up(opened, names, (), progress.lines(width)):
        failed = failed or each.error is not None
        said = each.text if each.error is None else f"FAILED  {each.error.message}\n  hint: {each.error.hint}"
        typer.echo(f"{each.service:{width}}  {said}")
    ended = list(opened.site.end_orphans())
    for line in ended:
        typer.echo(line)
    if not done and not ended and not failed:
        typer.echo("the records are whole, and nothing runs without one")
    if failed:
        raise typer.Exit(1)
